//! Salary scales of Nghị định 204/2004/NĐ-CP: coefficients in hundredths, never binary fractions.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::CatalogError;

/// One scale (thang, nhóm ngạch).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Name, e.g. `A1`.
    pub id: String,
    /// Table of the decree.
    pub table: String,
    /// Coefficient of each step in hundredths; step n stands at n-1.
    pub steps: Vec<i64>,
    /// Months in a step before the next.
    pub raise_months: u16,
    /// Percent of the first frame allowance (PCTNVK); 0 where there is none.
    pub frame_percent: u16,
}

impl Scale {
    /// The last step.
    pub fn last_step(&self) -> i64 {
        self.steps.len() as i64
    }

    /// The coefficient of a step, in hundredths; steps count from 1.
    pub fn coefficient(&self, step: i64) -> Option<i64> {
        self.steps.get(usize::try_from(step.checked_sub(1)?).ok()?).copied()
    }

    /// The day of the next raise for a step held since `from`, `delay` months late.
    pub fn next_raise(&self, from: Date, delay: u16) -> Option<Date> {
        from.checked_add((i32::from(self.raise_months) + i32::from(delay)).months()).ok()
    }
}

/// All scales.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scales(BTreeMap<String, Scale>);

impl Scales {
    /// Checks and collects scales.
    ///
    /// # Errors
    /// [`CatalogError::Scale`] for a scale without rising steps or with a name used twice.
    pub fn new(list: Vec<Scale>) -> Result<Self, CatalogError> {
        let mut scales = BTreeMap::new();
        for scale in list {
            let rising = scale.steps.windows(2).all(|pair| pair[0] < pair[1]);
            let id = scale.id.clone();
            if scale.steps.is_empty() || !rising || scales.insert(id.clone(), scale).is_some() {
                return Err(CatalogError::Scale(id));
            }
        }
        Ok(Self(scales))
    }

    /// A scale by its name.
    pub fn get(&self, id: &str) -> Option<&Scale> {
        self.0.get(id)
    }

    /// Every scale, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &Scale> {
        self.0.values()
    }
}
