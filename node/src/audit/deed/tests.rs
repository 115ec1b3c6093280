use super::*;

#[test]
fn every_page_of_the_log_is_a_reading() {
    for after in [None, Some((0, 0)), Some((3, 2_000))] {
        let (dossier, person, since) = (None, String::new(), None);
        let order = AuditOrder::Show { dossier, person, since, after };
        let deed = Deed::of_audit(&order, &Caller::default(), 7).expect("recorded");
        assert_eq!(deed.record.act, Act::AuditRead { entries: 7 });
    }
}
