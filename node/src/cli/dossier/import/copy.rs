//! A dossier that was exported, imported again (Điều 8.6): where its dossier is, what differs is shown;
//! where it is not, one is begun, once.

use dossier::form::FormDefinition;
use dossier::{DossierId, FieldPath, Hash, LegalBasis, Review, Role, UnitId, Value};
use protocol::core::{DossierShown, Entry};
use protocol::envelope::Meta;
use protocol::{Answer, Command};
use serde_json::{Value as Json, json};

use super::again::{View, name};
use super::{Arguments, LISTED, name_of};
use crate::audit::Claim;
use crate::cli::ask::Asker;
use crate::cli::desk::Desk;
use crate::cli::error::{CliError, Exit};
use crate::cli::library::Library;
use crate::cli::{Outcome, words};
use crate::grant::{COVERED, is_sensitive};
use crate::import::{CopyError, CopyRead, Difference, custodian};

/// Whether the bytes of a file are one JSON object, as an exported dossier is.
pub(super) fn is_copy(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

impl Arguments {
    /// Imports an exported dossier.
    pub(super) fn import_copy(&self, bytes: &[u8], desk: &mut Desk<'_>) -> Outcome {
        let text = std::str::from_utf8(bytes).map_err(|_| refused(&CopyError::Foreign))?;
        let copy = CopyRead::parse(text).map_err(|error| refused(&error))?;
        let library = Library::of(desk)?;
        // Looking at what a file names is an opening by a person, and covers what is sensitive.
        let mut asker = desk.ask_as(Claim { comparing: false, ..self.claim() })?;
        let found = find(&copy, &mut asker)?;
        if let Some(shown) = found {
            self.tell(&copy, &shown, &library.form, desk);
        } else if self.dry_run {
            self.announce(&copy, None, desk);
        } else {
            let unit = self.keeper(&copy, &library, &mut asker, desk)?;
            let file = Hash::of(bytes);
            let dossier = begin(&copy, unit, self.meta_of_copy(file), &mut asker)?;
            self.announce(&copy, Some(dossier), desk);
        }
        Ok(Exit::Done)
    }

    fn meta_of_copy(&self, file: Hash) -> Meta {
        let list = self.list.clone().unwrap_or_else(|| name_of(&self.file));
        Meta {
            person: dossier::fold::tidy(&self.person),
            role: Role::Clerk,
            basis: LegalBasis::Import { list, file, row: 1 },
            review: Review::NotRequired,
        }
    }

    /// The unit that keeps it: the one named, else the one that kept it, as for a person of a list.
    fn keeper(
        &self,
        copy: &CopyRead,
        library: &Library,
        asker: &mut Asker,
        desk: &Desk<'_>,
    ) -> Result<UnitId, CliError> {
        let optional = desk.settings(&[])?.settings.communes_hold_dossiers;
        let own = asker.status()?.unit;
        let with_node = super::with_node(asker)?;
        let known = library.tree.get(&copy.unit).map(|unit| &unit.id);
        let named = self.unit.as_ref().or(known).unwrap_or(&own);
        Ok(custodian(&library.tree, named, &own, optional, &with_node).clone())
    }

    fn announce(&self, copy: &CopyRead, begun: Option<DossierId>, desk: &mut Desk<'_>) {
        let (values, covered) = (copy.values.len(), copy.covered.len());
        if desk.out.is_json() {
            desk.out.answer(&json!({ "dossier": begun, "new": true, "written": begun.is_some(),
                "values": values, "covered": covered }));
            return;
        }
        let file = name_of(&self.file);
        desk.out.say(format_args!("Bản kết xuất «{file}» của hồ sơ {}", copy.dossier));
        match begun {
            Some(dossier) => {
                desk.out.say(format_args!("  lập hồ sơ {dossier}, {values} mục (đã ghi máy này)"));
            }
            None => {
                desk.out.say(format_args!("  chưa có hồ sơ ở máy này; sẽ lập với {values} mục"))
            }
        }
        if covered > 0 {
            desk.out.say(format_args!("  {covered} mục bị che khi kết xuất, không có trong tệp"));
        }
    }

    fn tell(
        &self,
        copy: &CopyRead,
        shown: &DossierShown,
        form: &FormDefinition,
        desk: &mut Desk<'_>,
    ) {
        let (view, difference) = (self.view(), copy.compare(shown));
        if desk.out.is_json() {
            desk.out.answer(&as_json(copy, shown.dossier, &difference, view));
            return;
        }
        let file = name_of(&self.file);
        desk.out.say(format_args!("Bản kết xuất «{file}» của hồ sơ {}", copy.dossier));
        let Difference { same, changed, only_there, only_here, hidden } = &difference;
        desk.out.say(format_args!("  đã có hồ sơ {}; không ghi gì", shown.dossier));
        desk.out.say(format_args!("  giống: {same}, khác: {}", changed.len()));
        let (there, here) = (only_there.len(), only_here.len());
        desk.out.say(format_args!("  chỉ có trong tệp: {there}, chỉ có trong hồ sơ: {here}"));
        let lines = differences(&difference, form, view);
        lines.iter().take(LISTED).for_each(|line| desk.out.say(line));
        if lines.len() > LISTED {
            let more = lines.len() - LISTED;
            desk.out.say(format_args!("  ... và {more} mục nữa; xem đủ bằng --json"));
        }
        if *hidden > 0 {
            desk.out.say(format_args!(
                "  {hidden} mục đang che, không so; để so cả: thêm --unmask --purpose \"MỤC ĐÍCH\""
            ));
        }
        if !difference.is_none() {
            desk.out.say("Sửa mục nào thì dùng «hoso dossier set», có căn cứ (Điều 8.3).");
        }
    }
}

/// The dossier of a copy, by its own id or by what was begun from the same dossier before.
fn find(copy: &CopyRead, asker: &mut Asker) -> Result<Option<DossierShown>, CliError> {
    let Answer::Imported(known) = asker.core(Command::Imported(vec![copy.key()]))? else {
        return Err(CliError::unexpected());
    };
    for dossier in [Some(copy.dossier), known.into_iter().flatten().next()].into_iter().flatten() {
        match asker.core(Command::Show(dossier)) {
            Ok(Answer::Shown(shown)) => return Ok(Some(*shown)),
            Ok(_) => return Err(CliError::unexpected()),
            Err(error) if error.code == "HS-0404" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn begin(
    copy: &CopyRead,
    unit: UnitId,
    meta: Meta,
    asker: &mut Asker,
) -> Result<DossierId, CliError> {
    let entry = Entry { key: Some(copy.key()), unit, edits: copy.edits(), meta };
    match asker.core(Command::Enter(vec![entry]))? {
        Answer::Entered(made) => match made.into_iter().next() {
            Some(Ok((dossier, _))) => Ok(dossier),
            Some(Err(refused)) => Err(refused.into()),
            None => Err(CliError::unexpected()),
        },
        _ => Err(CliError::unexpected()),
    }
}

/// A value as it is told: what is sensitive stays covered unless somebody said to what purpose.
fn told(path: &FieldPath, value: &Value, view: View) -> String {
    let covered = view == View::Covered && is_sensitive(&path.field);
    if covered { COVERED.to_owned() } else { words::value(value) }
}

fn differences(difference: &Difference, form: &FormDefinition, view: View) -> Vec<String> {
    let Difference { changed, only_there, only_here, .. } = difference;
    let other = changed.iter().map(|(path, there, here)| {
        let (there, here) = (told(path, there, view), told(path, here, view));
        format!("  {}: trong tệp «{there}», trong hồ sơ «{here}»", name(form, path))
    });
    let there = only_there.iter().map(|(path, value)| {
        format!("  {}: chỉ có trong tệp, «{}»", name(form, path), told(path, value, view))
    });
    let here = only_here.iter().map(|(path, value)| {
        format!("  {}: chỉ có trong hồ sơ, «{}»", name(form, path), told(path, value, view))
    });
    other.chain(there).chain(here).collect()
}

fn as_json(copy: &CopyRead, dossier: DossierId, difference: &Difference, view: View) -> Json {
    let Difference { same, changed, only_there, only_here, hidden } = difference;
    let place = |path: &FieldPath| json!({ "field": path.field, "row": path.row });
    let changed = changed.iter().map(|(path, there, here)| {
        json!({ "place": place(path), "file": told(path, there, view),
            "dossier": told(path, here, view) })
    });
    let one = |(path, value): &(FieldPath, Value)| json!({ "place": place(path), "value": told(path, value, view) });
    json!({ "dossier": dossier, "new": false, "written": false, "same": same,
        "covered": copy.covered.len(), "hidden": hidden, "changed": changed.collect::<Vec<_>>(),
        "only_in_file": only_there.iter().map(one).collect::<Vec<_>>(),
        "only_in_dossier": only_here.iter().map(one).collect::<Vec<_>>() })
}

fn refused(error: &CopyError) -> CliError {
    match error {
        CopyError::Foreign => CliError::usage("DL-0178", "Tệp không phải hồ sơ đã kết xuất."),
        CopyError::Sealed => CliError::usage("DL-0179", "Tệp còn niêm phong.")
            .hint("Hãy mở trước: hoso dossier unseal TỆP --code MÃ --out TỆP MỚI"),
        CopyError::Version(format) => CliError::usage(
            "DL-0182",
            format!("Tệp theo định dạng «{format}», chương trình này không đọc được."),
        )
        .hint(format!("Chương trình này đọc «{}».", crate::import::COPY_FORMAT)),
        CopyError::Values => {
            CliError::usage("DL-0183", "Tệp có mục không thuộc hồ sơ nào, hoặc quá nhiều mục.")
        }
    }
}
