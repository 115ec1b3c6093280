//! The engine's dealings with other provinces: keys, anchors, the province's signature on a package,
//! and words on packages (Điều 10.3).

use dossier::{Hash, Timestamp, custody::CustodyKind, grant::Officer};
use protocol::{
    Op, Records as _, Table,
    abroad::{self as rows, Kind, Word},
    audit::{Act, Record},
    codec,
    core::Refused,
    custody::{AnswerCode, Chain, read_chain, read_receipt},
    holding,
    member::SignedEntry,
};
use tokio::sync::oneshot;

use super::{Engine, EngineError, Pending, account::view};
use crate::{
    abroad::{
        Anchor, AnchorFile, Header, Manifest, Opener, PackageShown, PapersFile, Unsound, Verdict,
        WordFile, sealing,
    },
    control::{AbroadAnswer, AbroadOrder, Response},
    proof::Papers,
};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600_000;

type Answered = Result<Result<AbroadAnswer, Refused>, EngineError>;

impl Engine {
    /// An order or a question about other provinces.
    pub(super) fn order_abroad(
        &mut self,
        order: AbroadOrder,
        reply: oneshot::Sender<Response>,
    ) -> Result<(), EngineError> {
        let outcome = self.deal_abroad(order)?;
        let response = outcome.map_or_else(Response::Refused, Response::Abroad);
        self.pending.push(Pending::Respond(reply, response));
        Ok(())
    }

    fn deal_abroad(&mut self, order: AbroadOrder) -> Answered {
        let claimed = self.claimed().to_owned();
        let now = self.environment.clock.now();
        let seen = view(&self.core, &self.store, now);
        let officer = match self.porter.officer(seen, self.bearer.as_ref(), &claimed)? {
            Ok(officer) => officer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match order {
            AbroadOrder::Recipient => {
                let unit = self.resident.file.unit.clone();
                let recipient = self.own_recipient()?;
                Ok(Ok(AbroadAnswer::Recipient { unit, recipient }))
            }
            AbroadOrder::Anchor { name, days, units } => self.make_anchor(name, days, units, now),
            AbroadOrder::Trust { file, words, second } => {
                self.trust(&file, &words, &officer, &second, now)
            }
            AbroadOrder::Provinces => {
                let files = rows::provinces(&self.store)?;
                Ok(Ok(AbroadAnswer::Provinces(files.into_iter().map(Into::into).collect())))
            }
            AbroadOrder::Sign { manifest } => self.sign_package(&manifest, &officer),
            AbroadOrder::History(id) => {
                let chain = self.chain_of(&id)?.filter(Chain::is_outside);
                let opened = match chain {
                    Some(_) => holding::open(&self.store, &id)?,
                    None => None,
                };
                Ok(opened.map_or_else(
                    || Err(no("custody-not-outside", id)),
                    |it| Ok(AbroadAnswer::History(it.compact().encode().into())),
                ))
            }
            AbroadOrder::Welcome { line } => {
                let (shown, province) = match self.welcome(&line, now)? {
                    Ok(found) => found,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let given = self.given(&shown)?;
                Ok(Ok(AbroadAnswer::Welcome { province, given }))
            }
            AbroadOrder::Unwrap(wrapped) => {
                let secret = self.store.get(Table::Abroad, &rows::opening_key())?;
                let secret = secret.and_then(|row| String::from_utf8(row).ok()).unwrap_or_default();
                let key = sealing::unwrap(&secret, &wrapped).ok().flatten();
                Ok(key.map_or_else(
                    || Err(no("abroad-key", "another's")),
                    |key| Ok(AbroadAnswer::Key(key)),
                ))
            }
            AbroadOrder::Give { line, code } => self.give_word(&line, code, &officer, now),
            AbroadOrder::Hear { file } => self.hear_word(&file, &officer, now),
            AbroadOrder::HearPaper { dossier, number, second } => {
                self.hear_paper(dossier, &number, &officer, &second)
            }
        }
    }

    /// What was done about another province stands in the log with whoever did it.
    fn note_abroad(&mut self, officer: &Officer, record: Hash) -> Result<(), EngineError> {
        let act = Act::Custody { record };
        self.record(Record { person: officer.signature(), ..Record::of(act) })
    }

    /// The recipient that others seal to; the secret lies sealed in the store and nowhere else.
    fn own_recipient(&mut self) -> Result<String, EngineError> {
        let known = self.store.get(Table::Abroad, &rows::opening_key())?;
        let known = known.and_then(|row| String::from_utf8(row).ok());
        if let Some(recipient) = known.and_then(|secret| sealing::recipient_of(&secret).ok()) {
            return Ok(recipient);
        }
        let (secret, recipient) = sealing::make_key();
        let op = Op::put(Table::Abroad, rows::opening_key(), secret.as_bytes().to_vec());
        self.store.stage(&[op])?;
        Ok(recipient)
    }

    /// The papers by which others check what this province signs.
    fn own_papers(&self) -> Result<PapersFile, EngineError> {
        let entries = self.store.scan(Table::Member, &[], None, usize::MAX)?;
        let members: Vec<SignedEntry> =
            entries.iter().filter_map(|(_, row)| codec::decode(row).ok()).collect();
        let file = &self.resident.file;
        let charter = serde_json::to_string(&file.charter).unwrap_or_default();
        let tree = self.core.tree().clone();
        Ok(PapersFile::new(Papers { root: file.root.clone(), charter, members, tree }))
    }

    fn make_anchor(
        &mut self,
        name: String,
        days: u32,
        mut units: Vec<Opener>,
        now: Timestamp,
    ) -> Answered {
        let recipient = self.own_recipient()?;
        let unit = self.resident.file.unit.clone();
        units.retain(|it| it.unit != unit);
        units.push(Opener { unit, recipient: recipient.clone() });
        let papers = self.own_papers()?;
        let Some(office) = &self.office else { return Ok(Err(no("not-tier-3", "no office"))) };
        let life = i64::from(days).saturating_mul(DAY_MS);
        let anchor = Anchor {
            name,
            province: self.resident.file.province.as_str().to_owned(),
            root: self.resident.file.charter.root_fingerprint,
            recipient,
            units,
            made_at: now,
            valid_until: Timestamp::from_millis(now.as_millis().saturating_add(life)),
        };
        Ok(match office.sign_anchor(anchor, papers) {
            Ok(file) => Ok(AbroadAnswer::Paper(file.to_text())),
            Err(unsound) => Err(unsound_file(unsound)),
        })
    }

    /// Two different persons compared the words; what ends goes on by a newer anchor of the same root.
    fn trust(
        &mut self,
        file: &[u8],
        words: &str,
        officer: &Officer,
        second: &str,
        now: Timestamp,
    ) -> Answered {
        let read = match AnchorFile::read(file) {
            Ok(read) => read,
            Err(unsound) => return Ok(Err(unsound_file(unsound))),
        };
        let anchor = read.anchor();
        let first = officer.full_name.trim().to_lowercase();
        if second.trim().is_empty() || second.trim().to_lowercase() == first {
            return Ok(Err(no("abroad-second", "one person")));
        }
        if !read.is_called(words) {
            return Ok(Err(no("abroad-words", "other words")));
        }
        if anchor.root == self.resident.file.charter.root_fingerprint {
            return Ok(Err(no("abroad-own", "the own province")));
        }
        if anchor.valid_until < now {
            return Ok(Err(no("abroad-ended", anchor.valid_until.as_millis())));
        }
        let known = rows::provinces(&self.store)?;
        let files = known.iter().filter_map(|row| AnchorFile::read(row).ok());
        let mut same = files.filter(|it| it.anchor().root == anchor.root);
        if same.any(|it| it.anchor().made_at > anchor.made_at) {
            return Ok(Err(no("abroad-older", "a newer anchor is known")));
        }
        if known.len() >= rows::PROVINCES_MAX {
            return Ok(Err(no("abroad-many", rows::PROVINCES_MAX)));
        }
        let (root, name) = (anchor.root, anchor.name.clone());
        let op = Op::put(Table::Abroad, rows::key(Kind::Province, &root), file.to_vec());
        self.store.stage(&[op])?;
        self.note_abroad(officer, root)?;
        Ok(Ok(AbroadAnswer::Trusted { root, name }))
    }

    fn anchors(&self) -> Result<Vec<AnchorFile>, EngineError> {
        let rows = rows::provinces(&self.store)?;
        Ok(rows.iter().filter_map(|row| AnchorFile::read(row).ok()).collect())
    }

    fn chain_of(&self, id: &dossier::DossierId) -> Result<Option<Chain>, EngineError> {
        Ok(read_chain(&self.store, id)?)
    }

    /// The province signs what it can see: the dossier is outside, by this record, to this addressee.
    fn sign_package(&mut self, manifest: &[u8], officer: &Officer) -> Answered {
        let Ok(manifest) = serde_json::from_slice::<Manifest>(manifest) else {
            return Ok(Err(unsound_file(Unsound("manifest"))));
        };
        let chain = self.chain_of(&manifest.dossier)?;
        let Some(chain) = chain.filter(Chain::is_outside) else {
            return Ok(Err(no("custody-not-outside", manifest.dossier)));
        };
        let record = chain.current();
        if record.next_registrar != self.core.identity().node {
            return Ok(Err(no("custody-not-registrar", "not the register")));
        }
        let mut receipts = Vec::new();
        for epoch in 1..=record.epoch {
            receipts.extend(read_receipt(&self.store, &manifest.dossier, epoch)?);
        }
        let digest = manifest.digest();
        let signature = protocol::Crypto::sign(&self.crypto, digest.as_bytes());
        let by = (record.next_registrar, signature.to_bytes().to_vec());
        let papers = self.own_papers()?;
        let line = Header::new(manifest, by, chain.links(), &receipts, papers)
            .map(|header| header.to_line())
            .and_then(|line| Header::check(line.as_bytes()).map(|_| line));
        if line.is_ok() {
            self.note_abroad(officer, digest)?;
        }
        Ok(line.map(AbroadAnswer::Line).map_err(unsound_file))
    }

    /// Whether a package may be taken in by this node at this moment.
    fn welcome(
        &mut self,
        line: &[u8],
        now: Timestamp,
    ) -> Result<Result<(PackageShown, String), Refused>, EngineError> {
        let shown = match Header::check(line) {
            Ok(shown) => shown,
            Err(unsound) => return Ok(Err(unsound_file(unsound))),
        };
        let anchors = self.anchors()?;
        let from = anchors.iter().map(AnchorFile::anchor).find(|it| it.root == shown.root);
        let Some(from) = from else { return Ok(Err(no("abroad-stranger", shown.root))) };
        if from.valid_until < now {
            return Ok(Err(no("abroad-ended", from.valid_until.as_millis())));
        }
        let addressee = &shown.manifest.addressee;
        let (own, unit) = (self.resident.file.charter.root_fingerprint, &self.resident.file.unit);
        let tree = &self.core.tree().tree;
        // The unit's own node takes it in, or one above that holds in trust for a unit without one.
        let serves = addressee.unit.as_ref().is_some_and(|to| {
            let served = self.core.members().active_for(to);
            to == unit || (served.is_none() && tree.is_within(to, unit))
        });
        if addressee.province != Some(own) || !serves {
            return Ok(Err(no("abroad-addressee", "for somebody else")));
        }
        let name = from.name.clone();
        if self.given(&shown)?.is_none() && shown.manifest.open_until < now {
            return Ok(Err(no("abroad-late", shown.manifest.open_until.as_millis())));
        }
        Ok(Ok((shown, name)))
    }

    /// The word that was given on a package before.
    fn given(&self, shown: &PackageShown) -> Result<Option<String>, EngineError> {
        let word = rows::word(&self.store, Kind::Given, &shown.manifest.record)?;
        Ok(word.and_then(|(_, text)| String::from_utf8(text).ok()))
    }

    fn give_word(
        &mut self,
        line: &[u8],
        code: AnswerCode,
        officer: &Officer,
        now: Timestamp,
    ) -> Answered {
        let shown = match self.welcome(line, now)? {
            Ok((shown, _)) => shown,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // A word is given once: whoever asks again hears the same.
        if let Some(given) = self.given(&shown)? {
            return Ok(Ok(AbroadAnswer::Paper(given)));
        }
        let manifest = &shown.manifest;
        let taken = self.is_taken_in(manifest)?;
        if taken != (code == AnswerCode::Accepted) {
            return Ok(Err(no("abroad-taken", "the word is not what was done")));
        }
        let Some(unit) = manifest.addressee.unit.clone() else {
            return Ok(Err(no("abroad-addressee", "no unit")));
        };
        let verdict = Verdict {
            dossier: manifest.dossier,
            record: manifest.record,
            manifest: shown.digest,
            code,
            unit,
            by: self.core.identity().node,
            at: now,
        };
        let text = WordFile::issue(verdict, self.own_papers()?, &self.crypto).to_text();
        let word = match WordFile::read(text.as_bytes()) {
            Ok(_) if taken => Word::Taken,
            Ok(said) => Word::Refused(said.digest),
            Err(unsound) => return Ok(Err(unsound_file(unsound))),
        };
        let op = rows::word_op(Kind::Given, &manifest.record, word, text.as_bytes());
        self.store.stage(&[op])?;
        self.note_abroad(officer, manifest.record)?;
        Ok(Ok(AbroadAnswer::Paper(text)))
    }

    /// Whether the dossier of a package began its life here by that package.
    fn is_taken_in(&self, manifest: &Manifest) -> Result<bool, EngineError> {
        let opened = holding::open(&self.store, &manifest.dossier)?;
        Ok(opened.is_some_and(|it| {
            let first = it.holding.custody.first().map(|signed| &signed.record);
            first.is_some_and(|record| {
                record.kind == CustodyKind::Import && record.tid == Some(manifest.record)
            })
        }))
    }

    fn hear_word(&mut self, file: &[u8], officer: &Officer, now: Timestamp) -> Answered {
        let heard = match WordFile::read(file) {
            Ok(heard) => heard,
            Err(unsound) => return Ok(Err(unsound_file(unsound))),
        };
        if !heard.is_trusted(&self.anchors()?, now) {
            return Ok(Err(no("abroad-stranger", heard.root)));
        }
        let verdict = &heard.verdict;
        let Some(chain) = self.chain_of(&verdict.dossier)? else {
            return Ok(Err(no("custody-unknown", verdict.dossier)));
        };
        // It came back meanwhile, or was sent again: this word is of another case.
        if !chain.is_outside() || chain.head() != verdict.record {
            return Ok(Err(no("abroad-over", verdict.record)));
        }
        let addressee = chain.addressee();
        let named = addressee.is_some_and(|it| {
            it.province == Some(heard.root) && it.unit.as_ref() == Some(&verdict.unit)
        });
        if !named {
            return Ok(Err(no("abroad-addressee", "not whom it was sent to")));
        }
        let word = match verdict.code {
            AnswerCode::Accepted => Word::Taken,
            _ => Word::Refused(heard.digest),
        };
        match rows::word(&self.store, Kind::Heard, &verdict.record)? {
            Some((known, _)) if known != word => {
                return Ok(Err(no("abroad-twice", verdict.record)));
            }
            Some(_) => {}
            None => {
                self.store.stage(&[rows::word_op(Kind::Heard, &verdict.record, word, file)])?;
                self.note_abroad(officer, heard.digest)?;
            }
        }
        let (dossier, code, digest) = (verdict.dossier, verdict.code, heard.digest);
        Ok(Ok(AbroadAnswer::Heard { dossier, code, digest }))
    }

    /// A body without this program receipts on paper, which two persons have seen.
    fn hear_paper(
        &mut self,
        id: dossier::DossierId,
        number: &str,
        officer: &Officer,
        second: &str,
    ) -> Answered {
        let Some(chain) = self.chain_of(&id)?.filter(Chain::is_outside) else {
            return Ok(Err(no("custody-not-outside", id)));
        };
        if chain.addressee().is_none_or(|it| it.province.is_some()) {
            return Ok(Err(no("abroad-paper", "another province signs")));
        }
        let first = officer.full_name.trim().to_lowercase();
        if second.trim().is_empty() || second.trim().to_lowercase() == first {
            return Ok(Err(no("abroad-second", "one person")));
        }
        let number = number.trim();
        if number.is_empty() || number.len() > dossier::LegalBasis::TEXT_MAX {
            return Ok(Err(no("abroad-number", "no number")));
        }
        let seen_by = [officer.full_name.as_str(), second.trim()];
        let text = serde_json::json!({ "receipt": number, "seen_by": seen_by }).to_string();
        let record = chain.head();
        let op = rows::word_op(Kind::Heard, &record, Word::Taken, text.as_bytes());
        self.store.stage(&[op])?;
        self.note_abroad(officer, record)?;
        let (code, digest) = (AnswerCode::Accepted, Hash::of(text.as_bytes()));
        Ok(Ok(AbroadAnswer::Heard { dossier: id, code, digest }))
    }
}

fn no(code: &str, detail: impl std::fmt::Display) -> Refused {
    Refused { code: code.to_owned(), detail: detail.to_string() }
}

fn unsound_file(unsound: Unsound) -> Refused {
    no("abroad-file", unsound.0)
}
