//! A decided year of the calendar, as it is signed, stored and sent.

use dossier::{
    calendar::{CalendarYear, Decision, SpecialDay, SpecialKind},
    grant::Officer,
};
use protocol::{
    codec,
    notice::{Notice, Saying, SignedNotice},
};
use tests::golden::{bytes_of, compare, hex_lines, stored};

use super::fixtures::{self, Key};

fn decision() -> Decision {
    let day = |day: &str, kind, reason: &str, paired: Option<&str>| SpecialDay {
        day: day.parse().expect("a day"),
        kind,
        reason: reason.to_owned(),
        document: "QĐ 1234".to_owned(),
        paired: paired.map(|it| it.parse().expect("a day")),
    };
    let days = vec![
        day("2027-01-01", SpecialKind::Holiday, "Tết Dương lịch", None),
        day("2027-05-03", SpecialKind::Compensation, "Nghỉ bù Quốc tế Lao động", None),
        day("2027-09-03", SpecialKind::SwappedOff, "Nghỉ hoán đổi", Some("2027-09-11")),
        day("2027-09-11", SpecialKind::SwappedWork, "Làm bù", Some("2027-09-03")),
    ];
    let document = "1234/QĐ-UBND ngày 01/12/2026 của UBND tỉnh".to_owned();
    let login = Some("mo.lt".parse().expect("login"));
    Decision {
        year: CalendarYear::new(2027, 2, document, days).expect("a year"),
        by: Officer { full_name: "Lò Thị Mơ".to_owned(), login },
    }
}

#[test]
fn a_decided_year_has_its_bytes() {
    let saying = Saying::CalendarYear(Box::new(decision()));
    let notice = Notice { node: fixtures::node(), members: 1, at: fixtures::at(9), saying };
    let signed = SignedNotice::issue(notice, &Key::new("node"));
    assert!(signed.is_within_limits());
    let bytes = codec::encode(&signed);
    compare("calendar-year-v1.hex", &hex_lines(&bytes));
    let bytes = bytes_of(&stored("calendar-year-v1.hex", String::new));
    assert_eq!(codec::decode::<SignedNotice>(&bytes), Ok(signed));
}
