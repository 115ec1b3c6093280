//! On what ground a person writes: typed once, remembered for the sitting.

use dossier::{LegalBasis, PartialDate, Review, Role};
use jiff::civil::Date;
use pages::entry::Basis;
use protocol::envelope::Meta;

use super::routes::{Form, text};
use crate::cli::shared::{CliError, IN_SESSION, date};

/// The ground as it was typed.
pub(super) fn typed(form: &Form) -> Basis {
    let of = |name: &str| text(form, name).to_owned();
    Basis {
        kind: of("basis.kind"),
        number: of("basis.number"),
        issuer: of("basis.issuer"),
        signed: of("basis.signed"),
        effective: of("basis.effective"),
        reason: of("basis.reason"),
        remembered: false,
        fault: None,
    }
}

/// As it is recorded; the node puts the person of the session.
///
/// # Errors
/// DL-0151 to DL-0154 for a ground that is missing, incomplete or unreadable.
pub(super) fn meta(typed: &Basis, today: Date) -> Result<Meta, CliError> {
    let basis = ground(typed, today)?;
    let person = IN_SESSION.to_owned();
    let meta = Meta { person, role: Role::Clerk, basis, review: Review::NotRequired };
    if meta.is_well_formed() {
        Ok(meta)
    } else {
        Err(CliError::usage("DL-0151", "Căn cứ quá dài hoặc còn trống."))
    }
}

fn ground(typed: &Basis, today: Date) -> Result<LegalBasis, CliError> {
    let signed = |what: &str| -> Result<PartialDate, CliError> {
        if typed.signed.is_empty() {
            return Err(CliError::usage("DL-0153", format!("Chưa có ngày ký {what}.")));
        }
        date(&typed.signed, today)
    };
    match typed.kind.as_str() {
        "decision" => {
            if typed.number.is_empty() || typed.issuer.is_empty() {
                let message = "Quyết định phải có số, ký hiệu và cơ quan ký.";
                return Err(CliError::usage("DL-0153", message));
            }
            let effective = Some(&typed.effective).filter(|text| !text.is_empty());
            Ok(LegalBasis::Decision {
                issuer: typed.issuer.clone(),
                number: typed.number.clone(),
                signed_on: signed("quyết định")?,
                effective_on: effective.map(|text| date(text, today)).transpose()?,
                scan: None,
            })
        }
        "declaration" => Ok(LegalBasis::Declaration { signed_on: signed("bản kê khai")? }),
        "correction" if typed.reason.is_empty() => {
            Err(CliError::usage("DL-0153", "Đính chính phải ghi lý do."))
        }
        "correction" => Ok(LegalBasis::Correction { reason: typed.reason.clone() }),
        _ => Err(CliError::usage("DL-0152", "Chưa chọn căn cứ của lần ghi này.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(pairs: &[(&str, &str)]) -> Result<LegalBasis, String> {
        let form: Form =
            pairs.iter().map(|(key, text)| (format!("basis.{key}"), (*text).to_owned())).collect();
        let meta = meta(&typed(&form), Date::constant(2026, 11, 24));
        meta.map(|meta| meta.basis).map_err(|error| error.code)
    }

    #[test]
    fn a_ground_is_whole_or_refused() {
        let decision = [
            ("kind", "decision"),
            ("number", "45/QĐ"),
            ("issuer", "UBND"),
            ("signed", "15/3/2024"),
        ];
        assert!(matches!(judge(&decision), Ok(LegalBasis::Decision { .. })));
        assert_eq!(judge(&decision[..3]), Err("DL-0153".to_owned()));
        assert_eq!(judge(&[("kind", "decision")]), Err("DL-0153".to_owned()));
        assert_eq!(judge(&[]), Err("DL-0152".to_owned()));
        let declared = [("kind", "declaration"), ("signed", "hôm qua")];
        assert_eq!(judge(&declared), Err("DL-0154".to_owned()));
        assert_eq!(judge(&[("kind", "correction"), ("reason", " ")]), Err("DL-0153".to_owned()));
    }
}
