//! What a page of a dossier costs at a node that records, seals and asks for a session, against the
//! bare decisions over a store in memory.
//!
//! A district joins a province by files, gets an account and a person who signs in, and keeps one
//! dossier with a history. The same dossier is kept by a core on rows in memory, which asks nobody
//! and writes nothing down. Both are asked for it in turns, and the bare disk is asked to sync as many
//! bytes as a record has: what an opening adds to that is the program's.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use config::Profile;
use dossier::{
    DossierId, Hash, LegalBasis, PartialDate, Review, Role, Timestamp, UnitId,
    account::{AccountAct, Activation, Assigning, Decision, Paper, Person, Right, Rights},
    conduct::{ConductAct, duties},
    validity::Validity,
};
use node::{
    account::{
        AccountAnswer, AccountOrder, Code, Knock, Purpose, Secret, Seed, Settled, Token, Verifier,
    },
    audit::Caller,
    control::{ConductOrder, Response},
    engine::{AtDoor, Engine, Input},
    enrolment::{finish, request, ticket_from_delivery},
    environment::{Clock as _, Environment, SystemClock},
    link::enrolment::{EnrolmentRequest, Guest},
    seal::Founding,
};
use protocol::{Answer, Command, core::Entry, envelope::Meta};
use serde::Serialize;
use tokio::sync::oneshot;

use super::founding::{found, open};
use crate::cores::{self, World, set};

/// Who keeps the dossier.
const DISTRICT: &str = "d151";
/// Changes behind it.
const HISTORY: usize = 100;
/// What the person signs in with.
const PASSWORD: &str = "năm con trâu đi qua";

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Openings of each kind.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..))]
    openings: u64,
}

/// Times of one kind of opening, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
struct Times {
    p50_ms: f64,
    p99_ms: f64,
}

impl Times {
    fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        let at = |share: usize| all[(all.len() * share / 100).min(all.len() - 1)];
        Self { p50_ms: at(50), p99_ms: at(99) }
    }
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize)]
struct Report {
    openings: u64,
    bare: Times,
    whole: Times,
    /// What the disk takes for the bytes of a record, synced.
    sync: Times,
    added_p50_ms: f64,
    added_p99_ms: f64,
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's, and whatever kept the district from being founded.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("no directory to measure in")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let _within = runtime.enter();
    let report = measure(home.path(), arguments.openings)?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    let Report { bare, whole, .. } = report;
    writeln!(out, "openings     {} of each kind, {HISTORY} changes", report.openings)?;
    writeln!(out, "bare         p50 {:.2} ms, p99 {:.2} ms", bare.p50_ms, bare.p99_ms)?;
    writeln!(
        out,
        "whole        p50 {:.2} ms, p99 {:.2} ms: recorded and synced, sealed, in a session",
        whole.p50_ms, whole.p99_ms
    )?;
    let sync = report.sync;
    writeln!(out, "bare sync    p50 {:.2} ms, p99 {:.2} ms", sync.p50_ms, sync.p99_ms)?;
    let (p50, p99) = (report.added_p50_ms, report.added_p99_ms);
    Ok(writeln!(out, "added        p50 {p50:.2} ms, p99 {p99:.2} ms (target: 2 and the sync)")?)
}

fn measure(home: &Path, openings: u64) -> anyhow::Result<Report> {
    let environment = Environment::real();
    let mut top = found(&environment, home)?;
    let mut district = join(&environment, home, &mut top)?;
    let token = sign_in(&mut top, &mut district)?;
    let dossier = enter(&mut district, token)?;
    let (mut world, twin) = bare()?;
    let (mut bare, mut whole, mut sync) = (Vec::new(), Vec::new(), Vec::new());
    let raw = File::create_new(home.join("raw"))?;
    for number in 0..openings {
        let begun = Instant::now();
        let answer = world.ask(cores::A, Command::Show(twin));
        bare.push(begun.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(matches!(answer, Answer::Shown(_)), "{answer:?}");
        let begun = Instant::now();
        let answer = ask(&mut district, Some(token), Command::Show(dossier))?;
        whole.push(begun.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(matches!(answer, Answer::Shown(_)), "{answer:?}");
        let begun = Instant::now();
        raw.write_all_at(&[7; 1_024], number * 1_024)?;
        raw.sync_data()?;
        sync.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    top.close()?;
    district.close()?;
    let (bare, whole, sync) = (Times::of(bare), Times::of(whole), Times::of(sync));
    let added_p50_ms = whole.p50_ms - bare.p50_ms;
    let added_p99_ms = whole.p99_ms - bare.p99_ms;
    Ok(Report { openings, bare, whole, sync, added_p50_ms, added_p99_ms })
}

/// The same dossier at a core on rows in memory.
fn bare() -> anyhow::Result<(World, DossierId)> {
    let mut world = World::new(1);
    let entry = Entry {
        key: None,
        unit: "so.a".parse()?,
        edits: vec![set("full_name", "Hà Thị Mai")],
        meta: meta(),
    };
    let Answer::Entered(made) = world.ask(cores::A, Command::Enter(vec![entry])) else {
        bail!("the dossier was not entered");
    };
    let dossier = made[0].clone().map_err(|refused| anyhow::anyhow!("{refused:?}"))?.0;
    for number in 0..HISTORY {
        let edits = vec![set("note", &format!("ghi lần {number}"))];
        world.ask(cores::A, Command::Edit { dossier, edits, meta: meta() });
    }
    Ok((world, dossier))
}

/// Enrols the district by files and opens its node.
fn join(environment: &Environment, home: &Path, top: &mut Engine) -> anyhow::Result<Engine> {
    let unit: UnitId = DISTRICT.parse()?;
    let (reply, mut invited) = oneshot::channel();
    top.turn([Input::Invite(unit, false, String::new(), reply)])?;
    let Response::Invited { delivery, .. } = invited.try_recv()? else { bail!("not invited") };
    let (ticket, _) = ticket_from_delivery(delivery.as_bytes())?;
    let data = home.join("d");
    let seal = Founding::beside(&data);
    let (asked, _) = request(environment, &data, &ticket, &seal)?;
    let (reply, mut answer) = oneshot::channel();
    let source = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let bytes = asked.to_json().into();
    top.turn([Input::Enrol(EnrolmentRequest { guest: Guest::Newcomer, bytes, source, reply })])?;
    let how = (node::store::IndexKind::Sled, &seal.means);
    finish(environment, &data, how, &answer.try_recv()?)?;
    open(environment, Profile::Department, &data)
}

/// Gives the district an account and a person, who signs in there.
fn sign_in(top: &mut Engine, district: &mut Engine) -> anyhow::Result<Token> {
    let unit: UnitId = DISTRICT.parse()?;
    let day = PartialDate::day(2026, 1, 5)?;
    let paper = Paper { number: "1/UQ".to_owned(), signed_on: day };
    let scope = "toàn tỉnh".to_owned();
    act(top, AccountAct::DelegateAdministration { document: paper, scope })?;
    let rights = Rights { acts: [Right::Read, Right::Enter].into(), ..Rights::default() };
    act(top, AccountAct::Issue { unit: unit.clone(), rights, agreement: None })?;
    let login = "tu.hv".parse()?;
    let person = Person { login, full_name: "Hà Văn Tú".to_owned(), role: Role::Clerk };
    let assigned = AccountAct::Assign(Assigning {
        unit,
        person,
        decision: Decision {
            number: "7/QĐ".to_owned(),
            signed_on: day,
            issuer: "UBND huyện".to_owned(),
        },
        validity: Validity::ALWAYS,
        activation: Activation { code: Hash::ZERO, until: Timestamp::from_millis(0) },
    });
    let code = act(top, assigned)?.context("a code")?;
    let papers = order(top, AccountOrder::Papers(0))?;
    let AccountAnswer::Papers(entries) = papers else { bail!("no papers: {papers:?}") };
    order(district, AccountOrder::Deliver(entries))?;
    let code: Code = code.as_str().parse()?;
    let activated = prove(district, Purpose::Activate(code), None)?;
    let AccountAnswer::Activated { second: Some(address) } = activated else {
        bail!("no second factor: {activated:?}");
    };
    let seed = Seed::read(address.as_str()).context("a seed")?;
    let digits = Secret::new(seed.shown(SystemClock.now()));
    match prove(district, Purpose::SignIn, Some(digits))? {
        AccountAnswer::SignedIn { token, who, .. } => {
            let act = ConductAct::Acknowledge { login: who.login, year: 2014, duties: duties() };
            let (reply, mut answer) = oneshot::channel();
            let said = Input::Conduct(ConductOrder::Act(Box::new(act)), reply);
            district.turn([Input::As(token, Box::new(said))])?;
            let Response::Conduct(_) = answer.try_recv()? else { bail!("nothing was said") };
            Ok(token)
        }
        other => bail!("not signed in: {other:?}"),
    }
}

fn act(top: &mut Engine, act: AccountAct) -> anyhow::Result<Option<Secret>> {
    match order(top, AccountOrder::Act(Box::new(act)))? {
        AccountAnswer::Acted { code, .. } => Ok(code),
        other => bail!("not acted: {other:?}"),
    }
}

fn order(engine: &mut Engine, order: AccountOrder) -> anyhow::Result<AccountAnswer> {
    let (reply, mut answer) = oneshot::channel();
    engine.turn([Input::Account(AtDoor::Order(order, reply))])?;
    account(answer.try_recv()?)
}

fn account(response: Response) -> anyhow::Result<AccountAnswer> {
    match response {
        Response::Account(answer) => Ok(answer),
        other => bail!("another answer: {other:?}"),
    }
}

/// One guess, which is right.
fn prove(
    engine: &mut Engine,
    purpose: Purpose,
    second: Option<Secret>,
) -> anyhow::Result<AccountAnswer> {
    let password = Secret::new(PASSWORD.to_owned());
    let (reply, mut riddle) = oneshot::channel();
    let knock = Knock { login: "tu.hv".to_owned(), source: "bench".to_owned(), purpose };
    engine.turn([Input::Account(AtDoor::Knock(knock, reply))])?;
    let riddle = riddle.try_recv()?.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    let settled = Settled {
        id: riddle.id,
        matched: riddle.present.matches(&password),
        spent: false,
        renewed: Some(Verifier::of(&password, riddle.salt, riddle.cost)),
        second,
        code: None,
    };
    let (reply, mut answer) = oneshot::channel();
    engine.turn([Input::Account(AtDoor::Settle(settled, reply))])?;
    account(answer.try_recv()?)
}

fn enter(district: &mut Engine, token: Token) -> anyhow::Result<DossierId> {
    let entry = Entry {
        key: None,
        unit: DISTRICT.parse()?,
        edits: vec![set("full_name", "Hà Thị Mai")],
        meta: meta(),
    };
    let Answer::Entered(made) = ask(district, Some(token), Command::Enter(vec![entry]))? else {
        bail!("the dossier was not entered");
    };
    let dossier = made[0].clone().map_err(|refused| anyhow::anyhow!("{refused:?}"))?.0;
    for number in 0..HISTORY {
        let edits = vec![set("note", &format!("ghi lần {number}"))];
        ask(district, Some(token), Command::Edit { dossier, edits, meta: meta() })?;
    }
    Ok(dossier)
}

/// Asks as a program of this machine does.
fn ask(engine: &mut Engine, token: Option<Token>, command: Command) -> anyhow::Result<Answer> {
    let (reply, mut answer) = oneshot::channel();
    let mut input = Input::Ask(command, reply);
    if let Some(token) = token {
        input = Input::As(token, Box::new(input));
    }
    let caller = Caller { account: Some(0), ..Caller::default() };
    engine.turn([Input::For(Box::new(caller), Box::new(input))])?;
    match answer.try_recv()? {
        Response::Core(answer) => Ok(answer),
        other => bail!("another answer: {other:?}"),
    }
}

fn meta() -> Meta {
    Meta {
        person: "Hà Văn Tú".to_owned(),
        role: Role::Clerk,
        basis: LegalBasis::Correction { reason: "đo".to_owned() },
        review: Review::NotRequired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_pages_are_opened_both_ways() {
        let home = tempfile::tempdir().expect("a directory");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let _within = runtime.enter();
        let report = measure(home.path(), 3).expect("measured");
        assert!(report.whole.p50_ms > report.bare.p50_ms && report.sync.p50_ms > 0.0);
    }
}
