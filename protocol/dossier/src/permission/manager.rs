//! Who may manage a person of a staff type (Điều 3.5).

use super::{Grounds, Refusal};
use crate::unit::Unit;

/// The code of a viên chức in the catalog of staff types.
const PUBLIC_EMPLOYEE: &str = "vien_chuc";
/// What the kinds of public service units begin with.
const SERVICE: [&str; 4] = ["don_vi_su_nghiep", "truong_", "benh_vien", "trung_tam_"];

/// Whether `body` may be written down as who manages a person of `staff_type`: a viên chức is managed by
/// the public service unit that uses her, another body needs the document that says so (Điều 3.5 b).
///
/// # Errors
/// [`Refusal::NotPublicService`].
pub fn may_manage(staff_type: &str, body: &Unit, grounds: Grounds) -> Result<(), Refusal> {
    let serves = SERVICE.iter().any(|kind| body.kind.starts_with(kind));
    let written = matches!(grounds, Grounds::Decision | Grounds::Import);
    if staff_type == PUBLIC_EMPLOYEE && !serves && !written {
        Err(Refusal::NotPublicService)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{Holding, Tier};
    use crate::validity::Validity;

    fn body(kind: &str) -> Unit {
        Unit {
            id: "so".parse().expect("unit"),
            parent: None,
            tier: Tier::Two,
            name: kind.to_owned(),
            kind: kind.to_owned(),
            holds_dossiers: Holding::Yes,
            validity: Validity::ALWAYS,
            successor: None,
        }
    }

    // R-3.5b: a viên chức is managed by a public service unit, or by a document that says otherwise.
    #[test]
    fn a_public_employee_is_managed_by_a_service_unit_or_by_document() {
        let judged = |kind, grounds| may_manage("vien_chuc", &body(kind), grounds);
        for kind in ["truong_thpt", "benh_vien", "trung_tam_y_te", "don_vi_su_nghiep_tinh"] {
            assert_eq!(judged(kind, Grounds::Declaration), Ok(()), "{kind}");
        }
        for grounds in [Grounds::Declaration, Grounds::Correction, Grounds::Missing] {
            assert_eq!(judged("so", grounds), Err(Refusal::NotPublicService));
        }
        assert_eq!(judged("so", Grounds::Decision), Ok(()), "the recorded delegation");
        assert_eq!(judged("so", Grounds::Import), Ok(()), "the approved list");
        assert_eq!(may_manage("cong_chuc", &body("so"), Grounds::Declaration), Ok(()));
    }
}
