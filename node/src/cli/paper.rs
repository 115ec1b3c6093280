//! Pages for paper: the head of an official document, and at the foot of each page the number of the
//! copy, who took it, when, to what purpose, and «Trang x/y» (Điều 5, 12.1).
//!
//! **Invariants:** no page is without its foot; a line that is too long is broken between words and
//! nothing of it is left out.

use super::words::instant;
use crate::control::Taken;

/// Letters of a line.
const WIDTH: usize = 90;
/// Lines of a page, head and foot included.
const HEIGHT: usize = 60;
/// Lines that a foot takes, with the blank one above it.
const FOOT: usize = 3;

/// A paper before it is broken into pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Who took it out.
    pub(super) head: Taken,
    /// What it is.
    pub(super) title: String,
    /// What it is about, below the title.
    pub(super) about: Vec<String>,
    /// What it says.
    pub(super) lines: Vec<String>,
}

/// A paper as its pages, each with the lines of its foot apart.
fn pages(sheet: &Sheet) -> Vec<(Vec<String>, [String; 2])> {
    let mut lines: Vec<String> = opening(sheet);
    lines.extend(sheet.lines.iter().flat_map(|line| broken(line)));
    let bodies: Vec<Vec<String>> = lines.chunks(HEIGHT - FOOT).map(<[String]>::to_vec).collect();
    let count = bodies.len();
    let page = |(at, body): (usize, Vec<String>)| (body, foot(&sheet.head, at + 1, count));
    bodies.into_iter().enumerate().map(page).collect()
}

/// A paper as text, a form feed between its pages.
pub(super) fn as_text(sheet: &Sheet) -> String {
    let page = |(mut body, foot): (Vec<String>, [String; 2])| {
        body.resize(HEIGHT - FOOT, String::new());
        body.push(String::new());
        body.extend(foot);
        format!("{}\n", body.join("\n"))
    };
    let pages: Vec<String> = pages(sheet).into_iter().map(page).collect();
    pages.join("\u{c}")
}

/// A paper as a page of HTML without script or anything from elsewhere, for A4.
pub(super) fn as_html(sheet: &Sheet) -> String {
    let mut html =
        String::from("<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><title>");
    html.push_str(&escaped(&sheet.title));
    html.push_str(
        "</title>\n<style>@page { size: A4; margin: 15mm } body { margin: 0 }\n\
         section { break-after: page; min-height: 262mm; display: flex; flex-direction: column }\n\
         pre { font: 9.5pt/1.3 monospace; white-space: pre-wrap; margin: 0; flex: 1 }\n\
         footer { font: 8.5pt/1.3 monospace; white-space: pre-wrap; border-top: 1px solid }\n\
         </style></head><body>\n",
    );
    for (body, foot) in pages(sheet) {
        let (body, foot) = (escaped(&body.join("\n")), escaped(&foot.join("\n")));
        html.push_str(&format!("<section><pre>{body}</pre><footer>{foot}</footer></section>\n"));
    }
    html.push_str("</body></html>\n");
    html
}

/// What stands on top of the first page.
fn opening(sheet: &Sheet) -> Vec<String> {
    let mut lines: Vec<String> =
        ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "---------------"]
            .map(centred)
            .into();
    lines.push(String::new());
    lines.extend(broken(&sheet.title).iter().map(|line| centred(line)));
    lines.push(String::new());
    let Taken { number, person, at, purpose, document } = &sheet.head;
    lines.push(format!("BẢN IN SỐ {number}"));
    lines.extend(broken(&format!("Người in: {person}; lúc {}", instant(*at))));
    lines.extend(broken(&format!("Mục đích: {purpose}")));
    if !document.is_empty() {
        lines.extend(broken(&format!("Theo văn bản: {document}")));
    }
    lines.extend(sheet.about.iter().flat_map(|line| broken(line)));
    lines.push(String::new());
    lines
}

fn foot(head: &Taken, page: usize, pages: usize) -> [String; 2] {
    let Taken { number, person, at, purpose, .. } = head;
    let right = format!("Trang {page}/{pages}");
    let left = cut(&format!("Bản số {number} · {person} · {}", instant(*at)), WIDTH - 14);
    let gap = WIDTH.saturating_sub(left.chars().count() + right.chars().count());
    [format!("{left}{}{right}", " ".repeat(gap)), cut(&format!("Mục đích: {purpose}"), WIDTH)]
}

fn centred(text: &str) -> String {
    let gap = WIDTH.saturating_sub(text.chars().count()) / 2;
    format!("{}{text}", " ".repeat(gap))
}

/// The front of a text, where the whole would not stand on one line.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// A line as lines that fit, further ones as far in as the first.
fn broken(line: &str) -> Vec<String> {
    if line.is_empty() {
        return vec![String::new()];
    }
    line.lines().flat_map(broken_line).collect()
}

fn broken_line(line: &str) -> Vec<String> {
    if line.chars().count() <= WIDTH {
        return vec![line.trim_end().to_owned()];
    }
    let indent: String = line.chars().take_while(|letter| *letter == ' ').take(WIDTH / 2).collect();
    let (mut lines, mut current) = (Vec::new(), indent.clone());
    for word in line.split_whitespace() {
        for part in parts(word, WIDTH - indent.len()) {
            let blank = usize::from(current.len() > indent.len());
            if current.chars().count() + blank + part.chars().count() > WIDTH {
                lines.push(std::mem::replace(&mut current, indent.clone()));
            } else if blank == 1 {
                current.push(' ');
            }
            current.push_str(&part);
        }
    }
    lines.push(current);
    lines
}

/// A word as pieces that fit on a line.
fn parts(word: &str, most: usize) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(most).map(|part| part.iter().collect()).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(lines: usize) -> Sheet {
        let head = Taken {
            number: "17".to_owned(),
            person: "Hà Thị Mai (mai.ht)".to_owned(),
            at: dossier::Timestamp::from_millis(1_767_546_000_000),
            purpose: "xác minh <lý lịch>".to_owned(),
            document: "12/GP".to_owned(),
        };
        let lines = (0..lines).map(|number| format!("  dòng {number}")).collect();
        Sheet { head, title: "HỒ SƠ".to_owned(), about: Vec::new(), lines }
    }

    // R-12.1c: a head block, and on every page its number of all, the copy's number and who took it.
    #[test]
    fn every_page_says_which_it_is_and_who_took_it() {
        let text = as_text(&sheet(150));
        let pages: Vec<&str> = text.split('\u{c}').collect();
        assert_eq!(pages.len(), 3);
        assert!(pages[0].contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"));
        for (at, page) in pages.iter().enumerate() {
            let lines: Vec<&str> = page.lines().collect();
            assert_eq!(lines.len(), HEIGHT);
            let foot = lines[HEIGHT - 2];
            assert!(
                foot.starts_with("Bản số 17 · Hà Thị Mai (mai.ht) · 05/01/2026 00:00"),
                "{foot}"
            );
            assert!(foot.ends_with(&format!("Trang {}/3", at + 1)), "{foot}");
            assert_eq!(lines[HEIGHT - 1], "Mục đích: xác minh <lý lịch>");
        }
        for number in 0..150 {
            assert!(text.contains(&format!("  dòng {number}\n")), "line {number} is there");
        }
    }

    #[test]
    fn a_long_line_is_broken_and_nothing_is_left_out() {
        let words: Vec<String> = (0..80).map(|number| format!("từ{number}")).collect();
        let long = format!("    {} {}", words.join(" "), "x".repeat(3 * WIDTH));
        let lines = broken(&long);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert!(lines.iter().all(|line| line.starts_with("    ")));
        let whole = |text: &str| text.replace(char::is_whitespace, "");
        assert_eq!(whole(&lines.concat()), whole(&long));
    }

    #[test]
    fn html_holds_the_same_pages_and_nothing_that_runs() {
        let html = as_html(&sheet(150));
        assert_eq!(html.matches("<section>").count(), 3);
        assert!(html.contains("Trang 3/3") && html.contains("xác minh &lt;lý lịch&gt;"));
        assert!(!html.contains("<script") && !html.contains("http"));
    }
}
