//! What is done with a dossier as it is stored, signed and sent: rows of the docket, the basis of an
//! act of office, the draft of a phiếu, notices about campaigns.

use std::collections::BTreeSet;

use dossier::{
    Edit, Hash, LegalBasis, RowId, Value,
    attachment::Link,
    campaign::{Campaign, CampaignAct},
    change_kind::NewKind,
    disruption::{Board, Disruption, DisruptionAct},
    docket::{Choice, Destination, Event, FormEntry, FormVersion, Outside, Ruling, Sheet, Verdict},
};
use protocol::{
    codec,
    core::Draft,
    notice::{Notice, Saying, SignedNotice},
    wire::Frame,
};
use tests::golden::{bytes_of, compare, hex_lines};

use super::fixtures::{self, Key};

fn row(number: u8) -> RowId {
    RowId::from_bytes([number; 16])
}

fn verdict() -> Verdict {
    Verdict {
        change: Hash::of(b"change"),
        item: Some(Link::Row { table: "family".to_owned(), row: row(7) }),
        ruling: Ruling::Returned,
        reason: "thiếu năm sinh".to_owned(),
        replaces: BTreeSet::from([row(1), row(2)]),
    }
}

fn version() -> FormVersion {
    let mut sheet = Sheet::default();
    let name = Value::Text("Bùi Thị Hòa".to_owned());
    sheet.write(Edit::Set { field: "full_name".parse().expect("a field"), value: name });
    let cells = [("birth_year".to_owned(), Value::Integer(1961))].into();
    sheet.write(Edit::PutRow { table: "family".to_owned(), row: row(7), cells });
    FormVersion {
        number: 2,
        staff_type: "cong_chuc".to_owned(),
        campaign: Some(Hash::of(b"campaign")),
        guided_on: Some("2026-03-02".parse().expect("a day")),
        sheet,
    }
}

fn notices() -> Vec<SignedNotice> {
    let signed = |number, act| {
        let saying = Saying::Campaign(Box::new(act));
        let notice =
            Notice { node: fixtures::node(), members: 1, at: fixtures::at(number), saying };
        SignedNotice::issue(notice, &Key::new("node"))
    };
    let by = || "Bùi Văn Hoà".to_owned();
    let open = signed(
        1,
        CampaignAct::Open(Campaign {
            title: "Bổ sung lý lịch năm 2026".to_owned(),
            year: Some(2026),
            units: BTreeSet::from([fixtures::unit()]),
            dossiers: BTreeSet::from([fixtures::dossier_id()]),
            due_on: "2026-12-01".parse().expect("a day"),
            by: by(),
        }),
    );
    let campaign = open.id();
    let remind = CampaignAct::Remind { campaign, text: "còn năm ngày".to_owned(), by: by() };
    vec![open, signed(2, remind), signed(3, CampaignAct::Close { campaign, by: by() })]
}

#[test]
fn rows_of_the_docket_have_their_cells() {
    let mut text = String::new();
    let form = FormEntry::Version(version()).cells().expect("fits");
    let fed = FormEntry::Fed(row(9)).cells().expect("fits");
    for (table, cells) in
        [("reviews", verdict().cells()), ("record_forms", form.clone()), ("record_forms", fed)]
    {
        text.push_str(&format!("# {table}\n"));
        for (column, value) in cells {
            let value = serde_json::to_string(&value).expect("JSON");
            text.push_str(&format!("{column} {value}\n"));
        }
    }
    compare("docket-rows-v1.txt", &text);
    assert_eq!(Verdict::read(&verdict().cells()), Ok(verdict()));
    assert_eq!(FormEntry::read(&form), Ok(FormEntry::Version(version())));
}

#[test]
fn an_act_of_office_and_a_draft_have_their_bytes() {
    let meta = fixtures::meta(dossier::Role::Approver, LegalBasis::Office);
    let draft = Draft { person: "Bùi Văn Hoà".to_owned(), version: version() };
    let text = format!(
        "# meta of an act of office\n{}# draft\n{}",
        hex_lines(&codec::encode(&meta)),
        hex_lines(&codec::encode(&draft))
    );
    compare("docket-records-v1.txt", &text);
    let read: Draft = codec::decode(&codec::encode(&draft)).expect("a draft");
    assert_eq!(read, draft);
}

#[test]
fn notices_about_campaigns_have_their_bytes() {
    let mut text = String::new();
    for notice in notices() {
        text.push_str(&format!("# {}\n{}", notice.id(), hex_lines(&codec::encode(&notice))));
    }
    let frame = Frame::Notices(protocol::notice::Posting::Some(notices()));
    text.push_str(&format!("# frame\n{}", hex_lines(&frame.encode())));
    compare("campaign-notices-v1.txt", &text);
    for stored in text.split("# ").skip(1).take(notices().len()) {
        let (_, hex) = stored.split_once('\n').expect("a head and bytes");
        let notice: SignedNotice = codec::decode(&bytes_of(hex)).expect("a notice");
        assert!(notice.is_within_limits());
    }
}

/// What came later than the first rows: choices where values met, moves of a person.
#[test]
fn rows_of_choices_and_moves_have_their_cells() {
    let hash = Hash::of(b"change");
    let at =
        dossier::FieldPath { field: "salary.step".parse().expect("a column"), row: Some(row(7)) };
    let among = vec![hash, Hash::of(b"other")];
    let reason = || "hai quyết định".to_owned();
    let choices = [
        Choice::Taken { at: at.clone(), among: among.clone(), taken: Some(hash) },
        Choice::Undone { choice: row(3) },
        Choice::Raised { at, among, reason: reason() },
    ];
    let on = "2026-03-16".parse().expect("a day");
    let outside = Destination::Outside { kind: Outside::Party, name: "Tỉnh ủy".to_owned() };
    let events = [
        Event::Moves { to: Destination::Unit(fixtures::unit()), reason: reason() },
        Event::Moves { to: outside, reason: reason() },
        Event::HandedOver { transfer: hash, on },
        Event::TakenOver { transfer: hash, on },
    ];
    let mut text = String::new();
    let choices_told = choices.iter().map(|it| ("choices", it.cells()));
    let events_told = events.iter().map(|it| ("statuses", it.cells()));
    for (table, cells) in choices_told.chain(events_told) {
        text.push_str(&format!("# {table}\n"));
        for (column, value) in cells {
            let value = serde_json::to_string(&value).expect("JSON");
            text.push_str(&format!("{column} {value}\n"));
        }
    }
    let (signed_on, received_on) = (on, "2026-03-18".parse().expect("a day"));
    let received = LegalBasis::Received { signed_on, received_on };
    let meta = fixtures::meta(dossier::Role::Clerk, received);
    text.push_str(&format!(
        "# meta of a declaration received\n{}",
        hex_lines(&codec::encode(&meta))
    ));
    compare("docket-rows-v2.txt", &text);
    assert!(choices.iter().all(|it| Choice::read(&it.cells()).as_ref() == Ok(it)));
    assert!(events.iter().all(|it| Event::read(&it.cells()).as_ref() == Ok(it)));
}

#[test]
fn notices_about_incidents_have_their_bytes() {
    let by = || "Bùi Văn Hoà".to_owned();
    let signed = |number, act| {
        let saying = Saying::Disruption(Box::new(act));
        let notice =
            Notice { node: fixtures::node(), members: 1, at: fixtures::at(number), saying };
        SignedNotice::issue(notice, &Key::new("node"))
    };
    let disruption = Disruption {
        from: fixtures::at(1),
        to: Some(fixtures::at(2)),
        risk: false,
        what: "mất điện phòng máy".to_owned(),
    };
    let record = signed(1, DisruptionAct::Record { disruption, by: by() });
    let disruption = record.id();
    let acts = [
        DisruptionAct::End { disruption, at: fixtures::at(3), by: by() },
        DisruptionAct::Publish {
            disruption,
            board: Board::Portal,
            on: "2026-03-09".parse().expect("a day"),
            proof: "12/TB-SNV".to_owned(),
            by: by(),
        },
        DisruptionAct::Waive { disruption, reason: "diễn tập".to_owned(), by: by() },
    ];
    let mut notices = vec![record];
    notices.extend((4..).zip(acts).map(|(number, act)| signed(number, act)));
    let mut text = String::new();
    for notice in &notices {
        text.push_str(&format!("# {}\n{}", notice.id(), hex_lines(&codec::encode(notice))));
    }
    let frame = Frame::Notices(protocol::notice::Posting::Some(notices));
    text.push_str(&format!("# frame\n{}", hex_lines(&frame.encode())));
    compare("notices-disruption-v1.txt", &text);
}

#[test]
fn kinds_of_change() {
    let kind = NewKind {
        code: "biet_phai".to_owned(),
        name: "biệt phái".to_owned(),
        document: "12/QĐ-SNV".to_owned(),
        by: "Bùi Văn Hoà".to_owned(),
    };
    let saying = Saying::ChangeKind(Box::new(kind));
    let notice = Notice { node: fixtures::node(), members: 1, at: fixtures::at(1), saying };
    let notice = SignedNotice::issue(notice, &Key::new("node"));
    let mut text = format!("# {}\n{}", notice.id(), hex_lines(&codec::encode(&notice)));
    let frame = Frame::Notices(protocol::notice::Posting::Some(vec![notice]));
    text.push_str(&format!("# frame\n{}", hex_lines(&frame.encode())));
    let basis = fixtures::decision().of_kind("biet_phai");
    text.push_str(&format!("# basis\n{}", hex_lines(&codec::encode(&basis))));
    compare("change-kinds-v1.txt", &text);
}
