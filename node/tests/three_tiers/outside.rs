//! Dossiers pass from one province to another one as files, over real nodes and the real commands
//! (Điều 10.3).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::Profile;
use dossier::attachment::Secrecy;
use dossier::{DossierId, Value};
use node::abroad::{AnchorFile, Opener, Payload, WordFile, package, sealing};
use node::audit::Claim;
use node::control::{AbroadAnswer, AbroadOrder, Client, Request, Response};
use protocol::core::{CustodyAnswer, CustodyQuestion, TransferShown, TransferStage};
use protocol::custody::Reason;
use protocol::{Answer, Command};

use crate::attachments::{at, scan};
use crate::stage::{DEPARTMENT, SCHOOL, Stage, Up, unit, until};

const PERSON: &str = "Hà Văn Tú";
const SECOND: &str = "Bùi Thị Hòa";
const RECEIVER: &str = "snv";

/// Runs a command of the program at the node in a directory; answers its exit code.
async fn run(stage: &Stage, name: &str, words: &[&str]) -> i32 {
    let directory = stage.at(name).display().to_string();
    let words = ["hoso", "--data-dir", &directory].into_iter().chain(words.iter().copied());
    let words: Vec<OsString> = words.chain(["--json"]).map(OsString::from).collect();
    let environment = stage.environment();
    let nobody = |_| Ok(1);
    let run = move || node::cli::run(environment, words, nobody);
    tokio::task::spawn_blocking(run).await.expect("ends")
}

async fn abroad(stage: &Stage, name: &str, order: AbroadOrder) -> AbroadAnswer {
    let directory = stage.at(name);
    let asked = move || {
        let mut client = Client::connect(&directory).expect("connects");
        let claim = Claim { person: PERSON.to_owned(), ..Claim::default() };
        client.call(&Request::Claim(claim)).expect("claims");
        client.call(&Request::Abroad(order)).expect("answers")
    };
    match tokio::task::spawn_blocking(asked).await.expect("joins") {
        Response::Abroad(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Two provinces that trust one another.
pub(crate) struct Pair {
    here: Stage,
    there: Stage,
    _up: Vec<Up>,
    anchors: [PathBuf; 2],
}

impl Pair {
    pub(crate) async fn found() -> Self {
        let (here, there) = (Stage::found(), Stage::found_as("phutho"));
        let mut up = Vec::new();
        let top = here.start_top().await;
        here.join(&top, "so", DEPARTMENT).await;
        here.join(&top, "truong", SCHOOL).await;
        let department = here.start_below("so", Profile::Department, &top).await;
        up.push(here.start_below("truong", Profile::Unit, &department).await);
        up.extend([top, department]);
        let top = there.start_top().await;
        there.join(&top, "nhan", RECEIVER).await;
        up.push(there.start_below("nhan", Profile::Department, &top).await);
        up.push(top);
        let anchors = [here.at("hoabinh.json"), there.at("phutho.json")];
        let pair = Self { here, there, _up: up, anchors };
        pair.shake_hands().await;
        pair
    }

    async fn shake_hands(&self) {
        let asked = abroad(&self.there, "nhan", AbroadOrder::Recipient).await;
        let AbroadAnswer::Recipient { unit: by, recipient } = asked else { panic!("{asked:?}") };
        assert_eq!(by, unit(RECEIVER));
        let opener = format!("{RECEIVER}={recipient}");
        let [ours, theirs] = self.anchors.each_ref().map(|path| text(path));
        let make = ["federation", "anchor", "--person", PERSON, "--name"];
        let words = [&make[..], &["Hòa Bình", "--out", &ours]].concat();
        assert_eq!(run(&self.here, "p", &words).await, 0);
        let words = [&make[..], &["Phú Thọ", "--unit", &opener, "--out", &theirs]].concat();
        assert_eq!(run(&self.there, "p", &words).await, 0);
        assert_eq!(run(&self.here, "so", &words).await, 1, "the office of tier 3 alone signs one");
        let read = std::fs::read(&self.anchors[1]).expect("written");
        let file = AnchorFile::read(&read).expect("holds");
        let opener = Opener { unit: by, recipient };
        assert_eq!(file.anchor().opener(&unit(RECEIVER)), Some(&opener));
        self.refuse_the_unread(&theirs, &file.words()).await;
        for (stage, name, place) in
            [(&self.here, "p", 1), (&self.here, "so", 1), (&self.there, "nhan", 0)]
        {
            let path = &self.anchors[place];
            let words =
                AnchorFile::read(&std::fs::read(path).expect("written")).expect("holds").words();
            let path = text(path);
            let words = accept(&path, &words, SECOND);
            assert_eq!(run(stage, name, &words.each_ref().map(String::as_str)).await, 0, "{name}");
        }
    }

    /// Words that nobody read out, or that one person alone compared, make no trust.
    async fn refuse_the_unread(&self, path: &str, words: &str) {
        let alone = accept(path, words, PERSON);
        assert_eq!(run(&self.here, "p", &alone.each_ref().map(String::as_str)).await, 1);
        let wrong = accept(path, "babad-babad", SECOND);
        assert_eq!(run(&self.here, "p", &wrong.each_ref().map(String::as_str)).await, 1);
        let own = text(&self.anchors[0]);
        let read = AnchorFile::read(&std::fs::read(&own).expect("written")).expect("holds");
        let own = accept(&own, &read.words(), SECOND);
        assert_eq!(run(&self.here, "p", &own.each_ref().map(String::as_str)).await, 1);
    }

    /// A dossier of the school with a file, which the department sends out; its package.
    pub(crate) async fn sent(&self, name: &str) -> (DossierId, PathBuf) {
        let id = self.here.enter("truong", SCHOOL, name).await;
        let whole = scan(200_000, 7);
        let row = at(&self.here, "truong", move |desk| desk.add(id, &whole, Secrecy::Open)).await;
        row.expect("attached");
        until("the file at tier 3", async || {
            let state = self.here.status("truong").await;
            state.contents.owed == [0, 0] && full_name(&self.here, "p", id).await.is_some()
        })
        .await;
        let (dossier, out) = (id.to_string(), self.here.at(&format!("{id}.goi")));
        let to = [
            "export",
            "package",
            &dossier,
            "--to",
            "phutho/snv",
            "--contact",
            "0210 3846 000",
            "--decision",
            "45/QĐ-UBND|UBND tỉnh|2/3/2026",
            "--person",
            PERSON,
        ];
        assert_eq!(run(&self.here, "truong", &to).await, 1, "a school sends nobody out");
        assert_eq!(run(&self.here, "so", &to).await, 0);
        let path = text(&out);
        let write = [
            "export",
            "package",
            &dossier,
            "--out",
            &path,
            "--purpose",
            "can-bo",
            "--person",
            PERSON,
        ];
        assert_eq!(run(&self.here, "p", &write).await, 0);
        (id, out)
    }

    async fn import(&self, stage: &Stage, name: &str, file: &Path, rest: &[&str]) -> i32 {
        let file = text(file);
        let words = [&["import", "package", &file, "--person", SECOND], rest].concat();
        run(stage, name, &words).await
    }

    async fn stage_of(&self, name: &str, id: DossierId) -> TransferStage {
        let asked = self.here.ask(name, Command::AskCustody(CustodyQuestion::Transfers)).await;
        let Answer::Custody(CustodyAnswer::Transfers(all)) = asked else { panic!("{asked:?}") };
        let found: Option<TransferShown> =
            all.into_iter().find(|it| it.dossier == id && it.outside.is_some());
        found.expect("a transfer").stage
    }
}

fn accept(path: &str, words: &str, second: &str) -> [String; 9] {
    ["federation", "accept", path, "--words", words, "--second", second, "--person", PERSON]
        .map(str::to_owned)
}

async fn full_name(stage: &Stage, name: &str, id: DossierId) -> Option<String> {
    match stage.ask(name, Command::Show(id)).await {
        Answer::Shown(shown) => match &shown.fields[0].value {
            Value::Text(text) => Some(text.clone()),
            other => panic!("{other:?}"),
        },
        _ => None,
    }
}

/// What lies in a package, opened with the key of the receiving node.
async fn opened(pair: &Pair, file: &Path) -> Payload {
    let mut sealed = Vec::new();
    let mut reader = std::io::BufReader::new(std::fs::File::open(file).expect("opens"));
    let shown = package::check(&mut reader, |bytes| sealed.extend_from_slice(bytes));
    let shown = shown.expect("reads").expect("holds");
    let mut wrapped = Vec::new();
    let probe = sealing::open(&sealed, u64::MAX, &mut |it| {
        // A line that means nothing stands among them.
        wrapped.extend(Some(it).filter(|it| it.tag == "X25519"));
        None
    });
    assert!(probe.is_err(), "nobody opens it without a key");
    assert_eq!(wrapped.len(), 2, "for the province and for the unit");
    let answer = abroad(&pair.there, "nhan", AbroadOrder::Unwrap(wrapped[1].clone())).await;
    let AbroadAnswer::Key(key) = answer else { panic!("{answer:?}") };
    let plain = sealing::open(&sealed, shown.manifest.payload_bytes, &mut |_| Some(key));
    Payload::unpack(&plain.expect("opens")).expect("unpacks")
}

// a dossier leaves as one signed file that anybody checks, is taken in once by
// the unit it was sent to, and the receipt closes the case.
#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_passes_to_another_province_and_its_receipt_closes_the_case() {
    let pair = Pair::found().await;
    let (here, there) = (&pair.here, &pair.there);
    let (id, file) = pair.sent("Đinh Công Tráng").await;
    assert_eq!(full_name(here, "truong", id).await, None, "the school reads no more");
    assert_eq!(pair.stage_of("p", id).await, TransferStage::Moved, "in transit");

    // Anybody checks it, and no byte is free.
    let path = text(&file);
    assert_eq!(run(here, "nowhere", &["verify", &path]).await, 0);
    let whole = std::fs::read(&file).expect("reads");
    let forged = here.at("sua.goi");
    for place in (0..whole.len()).step_by(whole.len() / 120) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        let checked = package::check(&mut bytes.as_slice(), |_| {}).expect("reads");
        assert!(checked.is_err(), "byte {place} of {}", whole.len());
    }
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&forged, &whole[..cut]).expect("writes");
        assert_eq!(run(here, "nowhere", &["verify", &text(&forged)]).await, 6, "cut at {cut}");
    }
    std::fs::write(&forged, [whole.as_slice(), b"\n"].concat()).expect("writes");
    assert_eq!(run(here, "nowhere", &["verify", &text(&forged)]).await, 6, "something behind it");

    let payload = opened(&pair, &file).await;
    let schema = serde_json::from_str(config::PACKAGE_SCHEMA).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let enclosed = serde_json::to_value(&payload.enclosed).expect("JSON");
    let faults: Vec<String> = validator.iter_errors(&enclosed).map(|it| it.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());
    let mut wrong = enclosed.clone();
    wrong["copy"]["dossier"]["fields"][0]["value"] = serde_json::json!("x");
    assert!(!validator.is_valid(&wrong), "the schema says something");
    assert_eq!(payload.files, [scan(200_000, 7)]);
    assert!(!payload.history.is_empty());

    // Whoever it was not sent to does not take it in.
    let receipt = there.at("giay-nhan.json");
    let out = text(&receipt);
    let take = ["--receipt", out.as_str()];
    assert_eq!(pair.import(here, "so", &file, &take).await, 1, "the province that sent it");
    assert_eq!(pair.import(there, "p", &file, &take).await, 1, "a node that trusts nobody");
    assert_eq!(pair.import(there, "nhan", &forged, &take).await, 6, "a forged one");
    assert_eq!(pair.import(there, "nhan", &file, &["--dry-run"]).await, 0);
    assert_eq!(full_name(there, "nhan", id).await, None, "only looked at");

    assert_eq!(pair.import(there, "nhan", &file, &take).await, 0);
    assert_eq!(full_name(there, "nhan", id).await.as_deref(), Some("Đinh Công Tráng"));
    let Answer::Attachments(files) = there.ask("nhan", Command::Attachments(id)).await else {
        panic!("no attachments")
    };
    assert_eq!(files.attachments.len(), 1);
    // Again is the same dossier and the same receipt.
    let again = there.at("giay-nhan-2.json");
    assert_eq!(pair.import(there, "nhan", &file, &["--receipt", &text(&again)]).await, 0);
    let [one, other] = [&receipt, &again].map(|path| std::fs::read(path).expect("written"));
    assert_eq!(one, other);
    assert_eq!(there.status("nhan").await.totals.dossiers, 1);

    assert_eq!(run(here, "nowhere", &["verify", &out]).await, 0);
    for place in (0..one.len()).step_by(one.len() / 40) {
        let mut bytes = one.clone();
        bytes[place] ^= 1;
        assert!(WordFile::read(&bytes).is_err(), "byte {place} of the receipt");
    }
    let answer = ["export", "answer", &out, "--person", PERSON];
    assert_eq!(run(here, "so", &answer).await, 1, "the register alone closes it");
    assert_eq!(run(here, "p", &answer).await, 0);
    for name in ["p", "so", "truong"] {
        until("the receipt", async || pair.stage_of(name, id).await == TransferStage::Done).await;
    }
    assert_eq!(run(here, "p", &answer).await, 0, "the same word again changes nothing");
    let proof = here.at("chung-cu.json");
    let prove = ["custody", "prove", &id.to_string(), "--out", &text(&proof)].map(str::to_owned);
    assert_eq!(run(here, "p", &prove.each_ref().map(String::as_str)).await, 0);
    assert_eq!(run(here, "nowhere", &["verify", &text(&proof)]).await, 0);
}

// what is sent back lies with the unit that gave it up, and what is late is not taken in.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_or_late_lies_with_one_unit_alone() {
    let pair = Pair::found().await;
    let (here, there) = (&pair.here, &pair.there);
    let (id, file) = pair.sent("Phùng Thị Nguyệt").await;
    let word = there.at("tra-lai.json");
    let out = text(&word);
    let refuse = ["--refuse", "wrong-person", "--receipt", out.as_str()];
    assert_eq!(pair.import(there, "nhan", &file, &refuse).await, 0);
    // What was sent back is not taken in afterwards: the same word comes out again.
    let again = there.at("lan-hai.json");
    assert_eq!(pair.import(there, "nhan", &file, &["--receipt", &text(&again)]).await, 0);
    assert_eq!(std::fs::read(&again).expect("written"), std::fs::read(&word).expect("written"));
    assert_eq!(full_name(there, "nhan", id).await, None);
    assert_eq!(run(here, "p", &["export", "answer", &out, "--person", PERSON]).await, 0);
    until("the dossier back at the school", async || {
        full_name(here, "truong", id).await.as_deref() == Some("Phùng Thị Nguyệt")
    })
    .await;
    let back = TransferStage::Ended(Some(Reason::Rejected));
    until("what people see", async || pair.stage_of("truong", id).await == back).await;
    assert_eq!(run(here, "p", &["export", "answer", &out, "--person", PERSON]).await, 1, "over");

    let (lost, late) = pair.sent("Hoàng Văn Thụ").await;
    let dossier = lost.to_string();
    let officer = |verb: &'static str, login: &'static str| {
        ["takeover", verb, &dossier, "--login", login, "--person", login].map(str::to_owned)
    };
    let mut order = officer("order", "ha.nt").to_vec();
    order.extend(["--to", SCHOOL, "--decision", "7/QĐ-SNV|Sở Nội vụ|2/5/2026"].map(str::to_owned));
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    let confirm = officer("confirm", "tu.hv");
    let confirm: Vec<&str> = confirm.iter().map(String::as_str).collect();
    assert_eq!(run(here, "p", &order).await, 0);
    assert_eq!(run(here, "p", &confirm).await, 1, "the other side may still take it in");
    there.days_later(60);
    let out = there.at("qua-han.json");
    assert_eq!(pair.import(there, "nhan", &late, &["--receipt", &text(&out)]).await, 1, "late");
    assert_eq!(full_name(there, "nhan", lost).await, None);
    here.days_later(60);
    assert_eq!(run(here, "p", &confirm).await, 0);
    until("the lost dossier back at the school", async || {
        full_name(here, "truong", lost).await.as_deref() == Some("Hoàng Văn Thụ")
    })
    .await;
}
