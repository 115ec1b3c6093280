//! Names of a province and of its units in the private name space `hoso.internal`.

use std::fmt;
use std::str::FromStr;

use dossier::UnitId;
use rustls_pki_types::{DnsName, ServerName};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The private top of every name; `internal` is reserved for private use by ICANN.
const APEX: &str = "hoso.internal";

/// What stands in front of a unit id in its DNS name.
const UNIT_PREFIX: &str = "unit-";

/// Text that cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A province is 1 to 32 characters of `a-z`, `0-9`, `-`, with no hyphen at either end.
    #[error("not a valid province name")]
    Province,
    /// The unit id makes a DNS name with an empty label, or one over 63 characters, or one that
    /// ends in a hyphen.
    #[error("the unit id does not make a DNS name")]
    Unit,
}

/// Names a province in certificates, e.g. `hoabinh`. One DNS label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ProvinceName(String);

impl ProvinceName {
    /// The longest name, in bytes.
    pub const LENGTH_MAX: usize = 32;

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The DNS subtree of the province, to which its issuing authority is confined.
    pub fn domain(&self) -> String {
        format!("{}.{APEX}", self.0)
    }

    /// The DNS name in the certificate of a node of `unit`, `unit-<id>.<province>.hoso.internal`.
    ///
    /// # Errors
    /// [`NameError::Unit`] when a label of the id is empty, too long or ends in a hyphen.
    pub fn dns_name(&self, unit: &UnitId) -> Result<DnsName<'static>, NameError> {
        let text = format!("{UNIT_PREFIX}{unit}.{}", self.domain());
        DnsName::try_from(text).map_err(|_| NameError::Unit)
    }

    /// The name a dialler expects from a node of `unit`.
    ///
    /// # Errors
    /// As [`Self::dns_name`].
    pub fn server_name(&self, unit: &UnitId) -> Result<ServerName<'static>, NameError> {
        self.dns_name(unit).map(ServerName::DnsName)
    }

    /// The unit named by a DNS name of this province; `None` for any other name.
    pub fn unit_of(&self, dns_name: &str) -> Option<UnitId> {
        let rest = dns_name.strip_prefix(UNIT_PREFIX)?;
        rest.strip_suffix(&self.domain())?.strip_suffix('.')?.parse().ok()
    }
}

impl FromStr for ProvinceName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let shaped = (1..=Self::LENGTH_MAX).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if shaped { Ok(Self(text.to_owned())) } else { Err(NameError::Province) }
    }
}

impl fmt::Display for ProvinceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProvinceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProvinceName({})", self.0)
    }
}

impl<'de> Deserialize<'de> for ProvinceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_names_go_there_and_back() {
        let province: ProvinceName = "hoabinh".parse().expect("a name");
        for unit in ["sgddt", "d151.04894", "sgddt.thpt-chuyen-hoang-van-thu"] {
            let unit: UnitId = unit.parse().expect("a unit");
            let name = province.dns_name(&unit).expect("a DNS name");
            assert_eq!(province.unit_of(name.as_ref()), Some(unit));
        }
        assert_eq!(province.unit_of("unit-sgddt.phutho.hoso.internal"), None);
        assert_eq!(province.unit_of("unit-.hoabinh.hoso.internal"), None);
        assert_eq!(province.unit_of("unit-sgddthoabinh.hoso.internal"), None);
        assert_eq!(province.unit_of("*.hoabinh.hoso.internal"), None);
    }

    #[test]
    fn unit_ids_that_are_no_dns_name_are_refused() {
        let province: ProvinceName = "hoabinh".parse().expect("a name");
        let long = "x".repeat(60);
        for unit in ["a..b", "a.", "a-", long.as_str()] {
            let unit: UnitId = unit.parse().expect("a unit");
            assert_eq!(province.dns_name(&unit), Err(NameError::Unit), "{unit}");
        }
    }

    #[test]
    fn provinces_are_one_label() {
        for bad in ["", "-a", "a-", "a.b", "Hoa", "hòa", &"x".repeat(33)] {
            assert_eq!(bad.parse::<ProvinceName>(), Err(NameError::Province), "{bad}");
        }
    }
}
