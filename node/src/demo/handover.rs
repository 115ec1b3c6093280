//! The hand-overs: a dossier passes inside a district, one from a department to another and on to its
//! hospital, one is sent back; what proves it is left as files and judged from them alone.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use dossier::{DossierId, LegalBasis, Role, UnitId};
use protocol::{
    Answer, Command,
    core::{CustodyAnswer, CustodyQuestion, ListRow, TransferOrder, TransferShown, TransferStage},
    custody::{AnswerCode, TransferId},
    envelope::Meta,
};
use serde::Serialize;

use super::{
    province::{COMMUNE, EDUCATION, HEALTH, HOSPITAL, NEIGHBOUR, Province, SCHOOLS, TOP, unit},
    story::Story,
    words,
};
use crate::home::{Home, IDENTITY};
use crate::proof::{Papers, ProofFile, verify};

/// Places of a proof at which a changed byte must be noticed.
const FORGERIES: usize = 32;

/// Transfers by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct TransferCounts {
    /// Custody went.
    pub(super) committed: u64,
    /// They came to nothing.
    pub(super) aborted: u64,
    /// Neither yet.
    pub(super) open: u64,
}

/// Dossiers by how many nodes say that they keep them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct CustodianCounts {
    /// One does, as it must be.
    pub(super) exactly_one: u64,
    /// None does.
    pub(super) none: u64,
    /// More than one does.
    pub(super) more: u64,
}

impl Story<'_> {
    /// Hands three dossiers over, two of them for good.
    pub(super) fn hand_over(&mut self) -> anyhow::Result<()> {
        self.narrator.say(&words::act(7, words::ACT_HAND_OVER));
        let within = self.someone(COMMUNE)?;
        let basis = self.decision("Hà Văn Tuấn", "UBND huyện Đà Bắc")?;
        self.pass_on(&within, [COMMUNE, NEIGHBOUR], basis)?;

        let between = self.someone(EDUCATION)?;
        let basis = self.decision("Nguyễn Thị Vân", "UBND tỉnh Hòa Bình")?;
        self.pass_on(&between, [EDUCATION, HEALTH], basis)?;
        let office = |person: &str| head(person, LegalBasis::Office);
        self.pass_on(&between, [HEALTH, HOSPITAL], office("Xa Thị Hiền"))?;

        let wrong = self.someone(SCHOOLS[1])?;
        let basis = self.decision("Nguyễn Thị Vân", "Sở Giáo dục và Đào tạo")?;
        let tid = self.propose(&wrong, [SCHOOLS[1], SCHOOLS[0]], basis)?;
        let returned = TransferOrder::Answer { tid, code: AnswerCode::WrongPerson };
        self.answer(&wrong, SCHOOLS[0], tid, returned)?;
        self.province.until("hồ sơ bị trả lại", || {
            let shown = self.province.transfer(SCHOOLS[1], tid)?;
            let over = shown.is_some_and(|it| matches!(it.stage, TransferStage::Ended(_)));
            Ok(over.then_some(()))
        })?;
        let names = [SCHOOLS[0], SCHOOLS[1]].map(|id| self.name(id));
        self.narrator.say_within(&words::sent_back(&names[0], &names[1], &wrong.name));

        self.settle()?;
        let folder = self.province.directory.join("proof");
        std::fs::DirBuilder::new().mode(0o700).create(&folder).context("no folder for proofs")?;
        for (row, keepers) in [
            (&within, &[COMMUNE, NEIGHBOUR][..]),
            (&between, &[EDUCATION, HEALTH, HOSPITAL]),
            (&wrong, &[SCHOOLS[1]]),
        ] {
            self.prove(row, keepers, &folder)?;
        }
        Ok(())
    }

    /// A person of a unit whose dossier no act has touched.
    fn someone(&mut self, at: &str) -> anyhow::Result<ListRow> {
        let keeper = unit(at);
        let disputed = self.disputed.as_ref().map(|row| row.dossier);
        let mut rows = self.province.list(&keeper)?;
        rows.retain(|row| row.unit == keeper && Some(row.dossier) != disputed);
        self.choose(&rows)
    }

    fn decision(&mut self, person: &str, issuer: &str) -> anyhow::Result<Meta> {
        let basis = self.decided(person, issuer)?.basis;
        Ok(head(person, basis))
    }

    fn propose(
        &self,
        row: &ListRow,
        [from, to]: [&str; 2],
        meta: Meta,
    ) -> anyhow::Result<TransferId> {
        let order = TransferOrder::Propose { to: unit(to) };
        self.province.order(from, row.dossier, order, meta)
    }

    fn answer(
        &self,
        row: &ListRow,
        at: &str,
        tid: TransferId,
        order: TransferOrder,
    ) -> anyhow::Result<()> {
        self.province.until("đề nghị chuyển tới bên nhận", || {
            Ok(self.province.transfer(at, tid)?.is_some().then_some(()))
        })?;
        let meta = head("Trần Thị Bình", LegalBasis::Office);
        self.province.order(at, row.dossier, order, meta).map(drop)
    }

    /// A dossier is proposed, accepted, and arrives; the old unit reads it no more.
    fn pass_on(&mut self, row: &ListRow, road: [&str; 2], meta: Meta) -> anyhow::Result<()> {
        let [from, to] = road;
        let began = self.now();
        let tid = self.propose(row, road, meta)?;
        let accepted = TransferOrder::Answer { tid, code: AnswerCode::Accepted };
        self.answer(row, to, tid, accepted)?;
        for place in road {
            self.province.until(&format!("hồ sơ bàn giao xong ở {place}"), || {
                let shown = self.province.transfer(place, tid)?;
                Ok(shown.is_some_and(|it| it.stage == TransferStage::Done).then_some(()))
            })?;
        }
        let (left, new) = (unit(from), unit(to));
        self.kept.moved.insert(row.dossier, new.clone());
        let held = |at: &UnitId| -> anyhow::Result<bool> {
            Ok(self.province.list(at)?.iter().any(|it| it.dossier == row.dossier))
        };
        ensure!(held(&new)?, "{to} không có hồ sơ đã nhận");
        let above = self.province.tree.is_within(&new, &left);
        ensure!(above || !held(&left)?, "{from} vẫn đọc được hồ sơ đã giao");
        let took = self.now() - began;
        let names = road.map(|id| self.name(id));
        self.narrator.say_within(&words::passed([&names[0], &names[1]], &row.name, took));
        Ok(())
    }

    /// Leaves the proof of a dossier as a file, and judges it as anybody would.
    fn prove(&self, row: &ListRow, keepers: &[&str], folder: &Path) -> anyhow::Result<()> {
        let bytes = self.province.proof(row.dossier)?;
        let path = folder.join(format!("{}.json", row.dossier));
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
        std::io::Write::write_all(&mut file, &bytes)?;
        let read = std::fs::read(&path)?;
        let proven = verify(&read)?;
        let chain = proven.chain.records().records().map(|(record, _)| record.to.clone());
        let expected: Vec<UnitId> = keepers.iter().map(|id| unit(id)).collect();
        ensure!(chain.collect::<Vec<_>>() == expected, "chứng cứ kể những đơn vị khác");
        for place in (0..read.len()).step_by(read.len().div_ceil(FORGERIES)) {
            let mut forged = read.clone();
            forged[place] ^= 1;
            ensure!(verify(&forged).is_err(), "chứng cứ bị sửa ở byte {place} mà vẫn đúng");
        }
        let names: Vec<String> = keepers.iter().map(|id| self.name(id)).collect();
        self.narrator.say_within(&words::proven(&row.name, &names));
        Ok(())
    }
}

fn head(person: &str, basis: LegalBasis) -> Meta {
    let review = dossier::Review::NotRequired;
    Meta { person: person.to_owned(), role: Role::Approver, basis, review }
}

impl Province {
    fn order(
        &self,
        at: &str,
        dossier: DossierId,
        order: TransferOrder,
        meta: Meta,
    ) -> anyhow::Result<TransferId> {
        let command = Command::Transfer { dossier, order: Box::new(order), meta };
        match self.ask(&unit(at), command)? {
            Answer::Custody(CustodyAnswer::Ordered { tid, .. }) => Ok(tid),
            other => bail!("máy {at} trả lời lạ: {other:?}"),
        }
    }

    fn transfers(&self, at: &UnitId) -> anyhow::Result<Vec<TransferShown>> {
        match self.ask(at, Command::AskCustody(CustodyQuestion::Transfers))? {
            Answer::Custody(CustodyAnswer::Transfers(all)) => Ok(all),
            other => bail!("máy {at} trả lời lạ: {other:?}"),
        }
    }

    fn transfer(&self, at: &str, tid: TransferId) -> anyhow::Result<Option<TransferShown>> {
        Ok(self.transfers(&unit(at))?.into_iter().find(|it| it.tid == tid))
    }

    /// The file that proves who keeps a dossier, as tier 3 gives it out.
    fn proof(&self, id: DossierId) -> anyhow::Result<Vec<u8>> {
        let top = unit(TOP);
        let asked = self.ask(&top, Command::AskCustody(CustodyQuestion::Proof(id)))?;
        let Answer::Custody(CustodyAnswer::Proof { links, receipts, members, tree }) = asked else {
            bail!("cấp 3 không đưa chứng cứ của {id}");
        };
        let home = Home::at(&self.data_dir(&top));
        let identity = home.read(&*self.environment.disk, IDENTITY)?;
        let papers = Papers::of(identity, members, *tree)?;
        Ok(ProofFile::new(papers, &links, &receipts).to_bytes())
    }

    /// Every transfer of the province, by what the node that knows most says of it.
    pub(super) fn count_transfers(&self) -> anyhow::Result<TransferCounts> {
        let mut said: BTreeMap<TransferId, BTreeSet<u8>> = BTreeMap::new();
        for id in self.nodes.keys() {
            for it in self.transfers(id)? {
                let end = match it.stage {
                    TransferStage::Moved | TransferStage::Done => 2,
                    TransferStage::Ended(_) => 1,
                    _ => 0,
                };
                said.entry(it.tid).or_default().insert(end);
            }
        }
        let mut counts = TransferCounts::default();
        for ends in said.values() {
            match ends.last() {
                Some(2) => counts.committed += 1,
                Some(1) => counts.aborted += 1,
                _ => counts.open += 1,
            }
        }
        Ok(counts)
    }

    /// Every dossier any node lists, by how many nodes list it as their own unit's.
    pub(super) fn count_custodians(&self) -> anyhow::Result<CustodianCounts> {
        let mut keepers: BTreeMap<DossierId, u64> = BTreeMap::new();
        for id in self.nodes.keys() {
            for row in self.list(id)? {
                *keepers.entry(row.dossier).or_default() += u64::from(row.unit == *id);
            }
        }
        let mut counts = CustodianCounts::default();
        for keepers in keepers.values() {
            match keepers {
                0 => counts.none += 1,
                1 => counts.exactly_one += 1,
                _ => counts.more += 1,
            }
        }
        Ok(counts)
    }
}
