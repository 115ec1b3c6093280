//! The matrix of rights as a table that a jurist reads, written from the law's one function.
//!
//! `HOSO_BLESS=1` writes it anew; the difference is then what a review of the law looks at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::*;

pub(super) const ROLES: [(Role, &str); 4] = [
    (Role::Clerk, "nhập"),
    (Role::Approver, "duyệt"),
    (Role::Administrator, "quản"),
    (Role::Inspector, "t.tra"),
];

/// Where one may stand to a dossier of `huyen.truong`.
pub(super) const PLACES: [(&str, &str); 6] = [
    ("huyen.truong", "Đơn vị giữ hồ sơ"),
    ("huyen", "Cấp 2 bên trên"),
    ("tier3", "Sở Nội vụ"),
    ("huyen.khac", "Đơn vị khác cùng cấp"),
    ("so", "Cấp 2 khác"),
    ("tinh", "UBND tỉnh"),
];

/// Every grant that one may hold, alone.
pub(super) fn grants() -> Vec<(&'static str, Granted)> {
    let only = || Sections::Only(["identity".to_owned()].into());
    let delegation = |sections| Some(Delegated { by: id("huyen"), sections });
    let none = Granted::NOTHING;
    vec![
        (
            "Ủy quyền nhập, mọi phần",
            Granted { delegation: delegation(Sections::All), ..none.clone() },
        ),
        ("Ủy quyền nhập, một phần", Granted { delegation: delegation(only()), ..none.clone() }),
        ("Đồng ý bằng văn bản, mọi phần", Granted { consent: Some(Sections::All), ..none.clone() }),
        ("Đồng ý bằng văn bản, một phần", Granted { consent: Some(only()), ..none.clone() }),
        ("Quyết định thanh tra", Granted { mission: true, ..none.clone() }),
        ("Lệnh đính chính", Granted { correction_order: true, ..none }),
    ]
}

/// A short word for each reason, explained below the tables.
fn short(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownUnit => "kct",
        Refusal::NoDossier => "khs",
        Refusal::ForeignUnit => "đvk",
        Refusal::DoesNotHold => "kgi",
        Refusal::TierThreeDoesNotEdit => "snv",
        Refusal::BasisRequired => "lýd",
        Refusal::WrongRole => "vtr",
        Refusal::TierThreeOnly => "c3",
        Refusal::CustodianEnters => "cdn",
        Refusal::DecisionRequired => "qđ",
        Refusal::DeclarationRequired => "kkh",
        Refusal::OrderRequired => "lệh",
        Refusal::MissionRequired => "ttr",
        Refusal::OutsideGrant => "pvi",
        Refusal::ReviewRequired => "chd",
        Refusal::FourEyes => "2ng",
        Refusal::TierTwoOnly => "c2",
        Refusal::NotBelow => "ctr",
        Refusal::OnwardDelegation => "uql",
        Refusal::Unreadable => "kđđ",
        Refusal::Settled => "đgn",
        Refusal::Mixed => "ghr",
        Refusal::NothingToReview => "kcd",
        Refusal::Closed => "đóg",
        Refusal::FormNotApproved => "cph",
        Refusal::UnknownKind => "lkb",
        Refusal::NotPublicService => "ksn",
    }
}

fn cell(answer: Result<(), Refusal>, met: &mut BTreeSet<Refusal>) -> String {
    match answer {
        Ok(()) => "được".to_owned(),
        Err(refusal) => {
            met.insert(refusal);
            format!("– {}", short(refusal))
        }
    }
}

fn table(met: &mut BTreeSet<Refusal>) -> String {
    let mut out = String::new();
    for (title, acts) in super::acts("huyen.truong") {
        let _ = writeln!(out, "\n## {title}\n");
        let _ = write!(out, "{:<42}{:<11}", "", "");
        for (_, place) in &PLACES[..3] {
            let _ = write!(out, "| {place:<29}");
        }
        let _ = writeln!(out, "| Đơn vị khác, cấp 2 khác, UBND");
        let _ = write!(out, "{:<42}{:<11}", "Việc", "Điều");
        for _ in 0..4 {
            let _ = write!(out, "| ");
            for (_, role) in ROLES {
                let _ = write!(out, "{role:<7}");
            }
            let _ = write!(out, " ");
        }
        let _ = writeln!(out, "\n{}", "-".repeat(53 + 4 * 31));
        for (name, article, act) in acts {
            let _ = write!(out, "{name:<42}{article:<11}");
            let mut strangers = BTreeSet::new();
            for (unit, _) in PLACES {
                let cells: Vec<String> = ROLES
                    .iter()
                    .map(|(role, _)| {
                        let actor = actor(unit, *role);
                        cell(ask(&act, &actor, "huyen.truong", &Granted::NOTHING), met)
                    })
                    .collect();
                let mut row = String::from("| ");
                for cell in &cells {
                    let _ = write!(row, "{cell:<7}");
                }
                row.push(' ');
                if ["huyen.khac", "so", "tinh"].contains(&unit) {
                    strangers.insert(cells.iter().any(|cell| cell == "được"));
                    if unit != "huyen.khac" {
                        continue;
                    }
                }
                out.push_str(&row);
            }
            assert!(strangers.len() == 1, "{name}: a stranger is a stranger wherever he sits");
            while out.ends_with(' ') {
                out.pop();
            }
            out.push('\n');
        }
    }
    out
}

/// What each grant adds, and to whom; a grant that adds nothing at a place is not listed there.
fn additions() -> String {
    let mut out = String::from("\n## Quyền có thêm khi có văn bản\n");
    for (name, granted) in grants() {
        let _ = writeln!(out, "\n{name}:");
        // Delegation is of a body that keeps the dossier itself; all else of the school's dossier.
        let keeper = if granted.delegation.is_some() { "huyen" } else { "huyen.truong" };
        let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (unit, place) in PLACES {
            for (role, word) in ROLES {
                let actor = actor(unit, role);
                let mut added = Vec::new();
                for (act_name, _, act) in super::acts(keeper).into_iter().flat_map(|it| it.1) {
                    let before = ask(&act, &actor, keeper, &Granted::NOTHING);
                    let after = ask(&act, &actor, keeper, &granted);
                    if before.is_err() && after.is_ok() {
                        added.push(act_name);
                    }
                }
                if !added.is_empty() {
                    let place = match (unit, keeper) {
                        ("huyen.truong", "huyen") => "Đơn vị cấp dưới (trường)",
                        ("huyen.khac", "huyen") => "Đơn vị cấp dưới (khác)",
                        _ => place,
                    };
                    let who = format!("{place}, {word}");
                    lines.entry(added.join("; ")).or_default().push(who);
                }
            }
        }
        for (added, who) in lines {
            let _ = writeln!(out, "- {}: {added}.", who.join(" / "));
        }
    }
    out
}

fn matrix() -> String {
    let mut met = BTreeSet::new();
    let mut out = String::from(
        "# Ai được làm gì\n\n\
         Hồ sơ do một trường thuộc huyện giữ. Mỗi cột là một nơi và bốn vai trò: nhập (cán bộ nhập liệu),\n\
         duyệt (người duyệt), quản (quản trị), t.tra (thanh tra). «được» hoặc «– lý do»; lý do ở cuối.\n\
         Cột cuối đúng cho mọi người ngoài. Bảng do chương trình viết ra từ hàm quyết định quyền.\n",
    );
    out.push_str(&table(&mut met));
    out.push_str(&additions());
    out.push_str("\n## Lý do\n\n");
    for refusal in met {
        let _ = writeln!(out, "{:<5}{}", short(refusal), refusal.message_vi());
    }
    out
}

// R-7.2a, R-12.2b: each role, each act, each place, as a table.
#[test]
fn the_matrix_of_rights() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/permission/matrix.txt");
    let found = matrix();
    if std::env::var_os("HOSO_BLESS").is_some() {
        std::fs::write(path, &found).expect("writes");
    }
    let known = std::fs::read_to_string(path).expect("reads");
    assert_eq!(found, known, "the law changed: look at it, then HOSO_BLESS=1");
}
