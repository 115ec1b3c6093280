//! Where a decision sends a person's dossier (Điều 10), as it is recorded.

use serde::{Deserialize, Serialize};

use crate::{LegalBasis, UnitId};

/// A kind of body outside the system (Điều 10.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// Khối Đảng.
    Party,
    /// Đoàn thể.
    MassOrganisation,
    /// Tỉnh khác.
    OtherProvince,
    /// Cơ quan trung ương.
    CentralBody,
}

impl Outside {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Party, Self::MassOrganisation, Self::OtherProvince, Self::CentralBody];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::MassOrganisation => "mass_organisation",
            Self::OtherProvince => "other_province",
            Self::CentralBody => "central_body",
        }
    }

    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What people call it.
    pub const fn name_vi(self) -> &'static str {
        match self {
            Self::Party => "khối Đảng",
            Self::MassOrganisation => "đoàn thể",
            Self::OtherProvince => "tỉnh khác",
            Self::CentralBody => "cơ quan trung ương",
        }
    }
}

/// Where a dossier is to go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Destination {
    /// A unit of the province (Điều 10.1, 10.2).
    Unit(UnitId),
    /// Out of the system (Điều 10.3); never without its kind.
    Outside {
        /// What kind of body.
        kind: Outside,
        /// Its name.
        name: String,
    },
}

impl Destination {
    /// As it is stored: `unit:ID` or `kind:name`.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Unit(unit) => format!("unit:{unit}"),
            Self::Outside { kind, name } => format!("{}:{name}", kind.code()),
        }
    }

    /// Reads what [`Self::written`] wrote.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        if kind == "unit" {
            return name.parse().ok().map(Self::Unit);
        }
        let speaks = !name.trim().is_empty() && name.len() <= LegalBasis::TEXT_MAX;
        let kind = Outside::from_code(kind).filter(|_| speaks)?;
        Some(Self::Outside { kind, name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // a destination outside says of which kind it is, and what it is called.
    #[test]
    fn a_destination_is_a_unit_or_a_named_body_of_a_known_kind() {
        let unit = Destination::Unit("d150.05089".parse().expect("a unit"));
        assert_eq!(Destination::read(&unit.written()), Some(unit));
        for kind in Outside::ALL {
            let name = "Ban Tổ chức Tỉnh ủy: phòng 2".to_owned();
            let outside = Destination::Outside { kind, name };
            assert_eq!(Destination::read(&outside.written()), Some(outside));
        }
        for wrong in ["", "Tỉnh ủy", "party:", "party: ", "company:A", "unit:Không phải mã"]
        {
            assert_eq!(Destination::read(wrong), None, "{wrong}");
        }
    }
}
