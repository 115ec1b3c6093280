//! The clerk's pages of a tier-3 node that holds a province's dossiers: how long each takes, how many a
//! second, and how long the first takes while thousands of connections do nothing.
//!
//! One node on a real disk and socket. Beside it stands a bare HTTP server of the same library in the same
//! process that answers as many bytes as the home page has.

mod browser;
mod person;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use dossier::{DossierId, Edit, LegalBasis, PartialDate, Value};
use node::control::Request;
use node::environment::{Clock as _, SystemClock, entropy::SplitMix64};
use protocol::{Answer, Command};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::loopback::{Province, TOP};
use browser::{Browser, answer_bare};

/// Pages of each kind that are asked for, one after the other.
const SAMPLES: usize = 200;
/// Browsers that ask at once.
const BROWSERS: usize = 8;
/// The district that enters the dossiers; tier 3 holds its copy of them.
const UNIT: &str = "d151";

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Dossiers the node holds.
    #[arg(long, default_value_t = 30_500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    dossiers: u64,
    /// Connections that do nothing.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(..=9_000))]
    idle: u64,
    /// Seconds for which browsers ask without pause.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

/// What one kind of page took.
#[derive(Debug, Clone, Copy, Serialize)]
struct Paged {
    p50_ms: f64,
    p99_ms: f64,
    bytes: usize,
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize)]
struct Report {
    dossiers: u64,
    /// The first home page: every dossier is judged for it.
    first_home_s: f64,
    home: Paged,
    list: Paged,
    dossier: Paged,
    /// Of the bare server.
    bare: Paged,
    /// Pages a second, homes, lists and dossiers in turn, by browsers that wait for each answer.
    pages_a_second: f64,
    /// The bare server's.
    bare_a_second: f64,
    idle: u64,
    /// The home page while the idle connections stand.
    crowded: Paged,
}

/// Measures and writes the report to `out`.
///
/// # Errors
/// The disk's and the node's, a page that is refused.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let home = tempfile::tempdir().context("no directory to measure in")?;
    let report = measure(home.path(), arguments)?;
    if arguments.json {
        serde_json::to_writer(&mut *out, &report)?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "dossiers         {}", report.dossiers)?;
    writeln!(out, "first home       {:.1} s", report.first_home_s)?;
    let mut line = |name: &str, page: Paged, target: &str| {
        let Paged { p50_ms, p99_ms, bytes } = page;
        let kib = bytes as f64 / 1024.0;
        writeln!(out, "{name:16} {p50_ms:.1} ms, p99 {p99_ms:.1} ms{target}, {kib:.0} KiB")
    };
    line("home", report.home, " (target 100)")?;
    line("list", report.list, "")?;
    line("dossier", report.dossier, " (target 100)")?;
    line("bare server", report.bare, "")?;
    line(&format!("home, {} idle", report.idle), report.crowded, " (target 200)")?;
    writeln!(out, "pages a second   {:.0} (target 300)", report.pages_a_second)?;
    Ok(writeln!(out, "bare server      {:.0} a second", report.bare_a_second)?)
}

fn measure(home: &Path, arguments: &Arguments) -> anyhow::Result<Report> {
    let runtime = Runtime::new()?;
    let (province, top) = Province::found(home, &runtime)?;
    let pages = top.pages.context("the node has no pages")?;
    province.join(UNIT, &top)?;
    fill(&province, arguments.dossiers)?;
    province.until("tier 3 has heard of every dossier", || {
        let answer = province.ask(TOP, Command::Status)?;
        Ok(matches!(answer, Answer::Status(state) if state.totals.dossiers == arguments.dossiers))
    })?;
    province.call(UNIT, &Request::Shutdown)?;
    let shown = some(&province)?;
    let browser = person::signed_in(&province, top.unit, pages)?;

    runtime.block_on(async {
        let started = Instant::now();
        browser.open().await?.get("/").await?;
        let first_home_s = started.elapsed().as_secs_f64();
        let home = sample(&browser, &["/".to_owned()]).await?;
        let list = sample(&browser, &["/ho-so".to_owned()]).await?;
        let dossier = sample(&browser, &shown).await?;
        let mut turns = vec!["/".to_owned(), "/ho-so".to_owned()];
        turns.extend(shown.iter().take(8).cloned());
        let span = Duration::from_secs(arguments.seconds);
        let pages_a_second = sustain(&browser, &turns, span).await?;

        let bare_at = answer_bare(home.bytes).await?;
        let bare_browser = Browser::at(bare_at);
        let bare = sample(&bare_browser, &["/".to_owned()]).await?;
        let bare_a_second = sustain(&bare_browser, &["/".to_owned()], span).await?;

        let crowd = stand_idle(pages, arguments.idle).await?;
        let crowded = sample(&browser, &["/".to_owned()]).await?;
        drop(crowd);
        let (dossiers, idle) = (arguments.dossiers, arguments.idle);
        Ok(Report {
            dossiers,
            first_home_s,
            home,
            list,
            dossier,
            bare,
            pages_a_second,
            bare_a_second,
            idle,
            crowded,
        })
    })
}

/// Enters the dossiers, each on a decision of the last months, so that something is owed for it.
fn fill(province: &Province<'_>, dossiers: u64) -> anyhow::Result<()> {
    let mut numbers = SplitMix64::new(42);
    let today = jiff::Timestamp::from_millisecond(SystemClock.now().as_millis())?;
    let today = today.to_zoned(jiff::tz::TimeZone::UTC).date();
    let months = 12;
    for month in 0..months {
        let signed = today - jiff::Span::new().days(i64::try_from(10 * month)?);
        let signed_on = PartialDate::day(signed.year(), signed.month() as u8, signed.day() as u8)?;
        let basis = LegalBasis::Decision {
            issuer: "UBND tỉnh".to_owned(),
            number: format!("{month}/QĐ-UBND"),
            signed_on,
            effective_on: None,
            scan: None,
        };
        let share = dossiers / months + u64::from(month < dossiers % months);
        let seed = numbers.next_u64();
        province.enter((UNIT, UNIT), share, &basis, |number| edits(seed ^ number))?;
    }
    Ok(())
}

fn edits(seed: u64) -> anyhow::Result<Vec<Edit>> {
    let mut numbers = SplitMix64::new(seed);
    let mut pick = |from: &[&str]| from[numbers.below(from.len() as u64) as usize].to_owned();
    let family = pick(&["Bùi", "Đinh", "Hà", "Nguyễn", "Quách", "Trần", "Lê", "Phạm"]);
    let middle = pick(&["Văn", "Thị", "Đức", "Minh", "Ngọc"]);
    let given = pick(&["Ánh", "Bình", "Dũng", "Hạnh", "Khánh", "Lan", "Nghĩa", "Thu", "Yến"]);
    let post = pick(&["Chuyên viên", "Giáo viên", "Kế toán", "Văn thư", "Y sĩ"]);
    let day = PartialDate::day(
        1965 + numbers.below(35) as i16,
        1 + numbers.below(12) as u8,
        1 + numbers.below(28) as u8,
    )?;
    let text = |field: &str, value: String| -> anyhow::Result<Edit> {
        Ok(Edit::Set { field: field.parse()?, value: Value::Text(value) })
    };
    Ok(vec![
        text("full_name", format!("{family} {middle} {given}"))?,
        text("main_post", post)?,
        text("phone", format!("09{:08}", numbers.below(100_000_000)))?,
        Edit::Set { field: "birth_date".parse()?, value: Value::Date(day) },
    ])
}

/// Paths of some dossiers the node holds.
fn some(province: &Province<'_>) -> anyhow::Result<Vec<String>> {
    let list = Command::List { after: None, limit: SAMPLES as u32, query: String::new() };
    let Answer::List(rows) = province.ask(TOP, list)? else { bail!("no list") };
    let path = |id: DossierId| format!("/ho-so/{id}");
    Ok(rows.into_iter().map(|row| path(row.dossier)).collect())
}

/// Asks for these pages in turn, one after the other over one connection.
async fn sample(browser: &Browser, paths: &[String]) -> anyhow::Result<Paged> {
    let mut window = browser.open().await?;
    let (mut times, mut bytes) = (Vec::new(), 0);
    for path in paths.iter().cycle().take(SAMPLES) {
        let started = Instant::now();
        bytes = bytes.max(window.get(path).await?);
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied();
    let (p50_ms, p99_ms) = at(50).zip(at(99)).context("nothing was timed")?;
    Ok(Paged { p50_ms, p99_ms, bytes })
}

/// Pages a second while browsers ask for these in turn, each over a connection of its own.
async fn sustain(browser: &Browser, paths: &[String], span: Duration) -> anyhow::Result<f64> {
    let mut browsers = JoinSet::new();
    let started = Instant::now();
    for first in 0..BROWSERS {
        let (mut window, paths) = (browser.open().await?, paths.to_vec());
        browsers.spawn(async move {
            let mut pages = 0_u64;
            for path in paths.iter().cycle().skip(first) {
                if started.elapsed() >= span {
                    break;
                }
                window.get(path).await?;
                pages += 1;
            }
            anyhow::Ok(pages)
        });
    }
    let mut pages = 0;
    while let Some(done) = browsers.join_next().await {
        pages += done??;
    }
    Ok(pages as f64 / started.elapsed().as_secs_f64())
}

/// Connections that say nothing.
async fn stand_idle(at: SocketAddr, count: u64) -> anyhow::Result<Vec<TcpStream>> {
    let mut crowd = Vec::new();
    for _ in 0..count {
        crowd.push(TcpStream::connect(at).await?);
    }
    Ok(crowd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_node_shows_its_pages() {
        let home = tempfile::tempdir().expect("a directory");
        let arguments = Arguments { json: true, dossiers: 24, idle: 20, seconds: 1 };
        let report = measure(home.path(), &arguments).expect("measured");
        assert!(report.home.bytes > 1_000 && report.dossier.bytes > report.home.bytes / 4);
        assert!(report.pages_a_second > 1.0 && report.bare_a_second > report.pages_a_second);
    }
}
