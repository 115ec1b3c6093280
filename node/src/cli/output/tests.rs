//! Tables, JSON and complaints as they leave the program.

use std::sync::{Arc, Mutex};

use super::*;

/// What was written, readable while the output still has it.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("unpoisoned").clone()).expect("UTF-8")
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn output(json: bool) -> (Output, Paper, Paper) {
    let (answer, complaint) = (Paper::default(), Paper::default());
    let out = Output::to(Box::new(answer.clone()), Box::new(complaint.clone()), json, false);
    (out, answer, complaint)
}

#[test]
fn a_table_stands_in_columns_and_obeys_no_cell() {
    let (mut out, answer, _) = output(false);
    let long = "dài ".repeat(40);
    out.table(
        ["Họ và tên", "Đơn vị"],
        [["Bùi Thị Hòa".to_owned(), "xa-tu-ly".to_owned()], ["\x1b[31mđỏ".to_owned(), long]],
    );
    let text = answer.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0].find("Đơn vị").is_some(), lines[2].contains("xa-tu-ly"));
    assert!(lines[1].trim().chars().all(|letter| letter == '─'));
    assert!(!text.contains('\x1b') && text.contains('…'));
}

#[test]
fn json_is_one_object_alone() {
    let (mut out, answer, complaint) = output(true);
    out.say("một câu");
    out.heading("một đề mục");
    out.answer(&json!({ "a": 1 }));
    out.complain(&CliError::usage("DL-0101", "Sai."));
    assert_eq!(answer.text(), "{\"a\":1}\n");
    assert!(complaint.text().starts_with("DL-0101: Sai."));
}

#[test]
fn a_failure_is_json_where_json_is_wanted() {
    let (mut out, answer, complaint) = output(true);
    out.complain(&CliError::usage("DL-0101", "Sai.").hint("Sửa lại."));
    let value: serde_json::Value = serde_json::from_str(&answer.text()).expect("JSON");
    assert_eq!(value["error"]["code"], "DL-0101");
    assert_eq!(value["error"]["message"], "Sai.");
    assert_eq!(complaint.text(), "DL-0101: Sai.\n  Sửa lại.\n");
}

#[test]
fn an_answer_that_could_not_be_written_is_a_failure() {
    struct Full(io::ErrorKind);
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for (kind, exit) in
        [(io::ErrorKind::StorageFull, Exit::Failed), (io::ErrorKind::BrokenPipe, Exit::Done)]
    {
        let mut out = Output::to(Box::new(Full(kind)), Box::new(io::sink()), false, false);
        out.say("câu");
        assert_eq!(out.finish(Exit::Done), exit);
    }
}
