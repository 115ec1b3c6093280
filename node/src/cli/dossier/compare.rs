//! `hoso dossier compare`: the dossier against its paper, item by item (Điều 8.3).

mod show;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use dossier::attachment::Link;
use dossier::docket::{Comparison, Match, Parity, Table};
use dossier::{DossierId, Edit, RowId};
use protocol::core::{DossierShown, ParityShown};
use protocol::{Answer, Command};

use super::place;
use crate::cli::Outcome;
use crate::cli::ask::Asker;
use crate::cli::basis::of_office;
use crate::cli::claim::Reader;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::environment::entropy::draw;

const EXAMPLES: &str = "\
Ví dụ:
  hoso dossier compare 0f3a9c            Mục nào chưa đối chiếu, mục nào khác giấy
  hoso dossier compare 0f3a9c --paper \"HS giấy 12, quyển 1\" --same all --person \"Hà Văn Tú\"
  hoso dossier compare 0f3a9c --paper \"HS giấy 12\" --same full_name,birth_date --differs phone \\
      --not-on-paper work:0f3a9c12 --have khai_sinh,van_bang --lack kham_suc_khoe --person \"Hà Văn Tú\"
  hoso dossier compare 0f3a9c --finish   Chỉ xong khi không còn mục khác giấy, chưa đối chiếu

Mục ghi theo mã; dòng của bảng ghi bảng:DÒNG. Mục đổi sau khi đối chiếu thì phải đối chiếu lại.";

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Mã hồ sơ, phần đầu của mã, số hiệu hoặc họ tên
    #[arg(value_name = "HỒ SƠ")]
    dossier: String,
    /// Hồ sơ giấy nào: số, quyển
    #[arg(long, value_name = "HỒ SƠ GIẤY")]
    paper: Option<String>,
    /// Mục giống giấy, cách nhau dấu phẩy; all là mọi mục chưa đối chiếu
    #[arg(long, value_name = "MỤC,...", value_delimiter = ',', requires = "paper")]
    same: Vec<String>,
    /// Mục khác giấy
    #[arg(long, value_name = "MỤC,...", value_delimiter = ',', requires = "paper")]
    differs: Vec<String>,
    /// Mục không có trên giấy
    #[arg(long, value_name = "MỤC,...", value_delimiter = ',', requires = "paper")]
    not_on_paper: Vec<String>,
    /// Thành phần hồ sơ giấy đang có, theo mã
    #[arg(long, value_name = "MÃ,...", value_delimiter = ',', requires = "paper")]
    have: Vec<String>,
    /// Thành phần hồ sơ giấy còn thiếu
    #[arg(long, value_name = "MÃ,...", value_delimiter = ',', requires = "paper")]
    lack: Vec<String>,
    /// Kết luận «đã đối chiếu»; bị từ chối khi còn mục khác giấy hoặc chưa đối chiếu
    #[arg(long, conflicts_with = "paper")]
    finish: bool,
    #[command(flatten)]
    reader: Reader,
}

impl Arguments {
    pub(in crate::cli) fn run(self, desk: &mut Desk<'_>) -> Outcome {
        let library = Library::of(desk)?;
        let mut asker = desk.ask_as(self.reader.claim())?;
        let id = asker.dossier(&self.dossier)?;
        if let Some(paper) = &self.paper {
            let Answer::Shown(shown) = asker.core(Command::Show(id))? else {
                return Err(CliError::unexpected());
            };
            let before = parity(&mut asker, id)?.parity;
            let comparison = self.comparison(paper, &shown, &before, &library)?;
            let meta = of_office(&self.reader.claim().person, desk.in_session()?)?;
            let table = Table::Parities.name().to_owned();
            let row = RowId::from_bytes(draw(&*desk.environment.entropy));
            let edits = vec![Edit::PutRow { table, row, cells: comparison.cells() }];
            asker.core(Command::Edit { dossier: id, edits, meta })?;
        }
        let found = parity(&mut asker, id)?;
        if self.finish && !found.parity.is_verified() {
            let (differing, open) = (found.parity.differing().count(), found.parity.open().count());
            let said = format!(
                "Chưa đối chiếu xong: {differing} mục khác giấy, {open} mục chưa đối chiếu."
            );
            return Err(CliError::failed("DC-0101", said)
                .hint("Xem từng mục bằng «hoso dossier compare» không có --finish (Điều 8.3)."));
        }
        if desk.out.is_json() {
            desk.out.answer(&show::as_json(&found));
        } else {
            show::tell(desk, &found, &library);
        }
        Ok(Exit::Done)
    }

    /// What was typed, as it is entered.
    fn comparison(
        &self,
        paper: &str,
        shown: &DossierShown,
        before: &Parity,
        library: &Library,
    ) -> Result<Comparison, CliError> {
        let mut items: BTreeMap<Link, Match> = BTreeMap::new();
        if self.same.iter().any(|word| word == "all") {
            items.extend(before.open().map(|item| (item.clone(), Match::Same)));
        }
        for (words, found) in [
            (&self.same, Match::Same),
            (&self.not_on_paper, Match::NotOnPaper),
            (&self.differs, Match::Differs),
        ] {
            for word in words.iter().filter(|word| *word != "all") {
                let item = item(word, shown, library)?;
                if !before.items.contains_key(&item) {
                    let said = format!("Hồ sơ chưa có mục «{word}».");
                    return Err(CliError::usage("DC-0102", said));
                }
                items.insert(item, found);
            }
        }
        let (present, missing) = (known(&self.have, library)?, known(&self.lack, library)?);
        let reference = dossier::fold::tidy(paper);
        let comparison = Comparison { reference, items, present, missing };
        comparison.check().map_err(|_| {
            CliError::usage("DC-0104", "Chưa có gì để ghi, hoặc ghi quá nhiều trong một lần.")
                .hint("Hãy thêm --same, --differs, --not-on-paper, --have hoặc --lack.")
        })?;
        Ok(comparison)
    }
}

/// Components of the paper file by their codes.
fn known(codes: &[String], library: &Library) -> Result<BTreeSet<String>, CliError> {
    let components = library.catalogs.get("document_component");
    let known = |code: &String| {
        let code = code.trim();
        let listed = components.is_some_and(|it| it.get(code).is_some());
        listed.then(|| code.to_owned()).ok_or_else(|| {
            CliError::usage("DC-0103", format!("Không có thành phần hồ sơ «{code}»."))
                .hint("Ví dụ: so_yeu_ly_lich, khai_sinh, van_bang, kham_suc_khoe, qd_tuyen_dung.")
        })
    };
    codes.iter().map(known).collect()
}

fn parity(asker: &mut Asker, id: DossierId) -> Result<ParityShown, CliError> {
    match asker.core(Command::Parity(id))? {
        Answer::Parity(found) => Ok(*found),
        _ => Err(CliError::unexpected()),
    }
}

/// The item a person names: a field, or a row as `table:row`.
fn item(word: &str, shown: &DossierShown, library: &Library) -> Result<Link, CliError> {
    match word.split_once(':') {
        Some((table, row)) => {
            let row = place::row(shown, table, row)?;
            Ok(Link::Row { table: table.to_owned(), row })
        }
        None => Ok(Link::Field(library.field(word)?.id.clone())),
    }
}
