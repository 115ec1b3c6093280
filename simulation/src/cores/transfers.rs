//! Dossiers pass from unit to unit: officers propose, take in, send back, take back and close (Điều 10).

use dossier::{DossierId, LegalBasis, Role};
use protocol::{
    Answer, Command,
    core::{CustodyAnswer, CustodyQuestion, TransferOrder, TransferShown, TransferStage},
    custody::AnswerCode,
    envelope::Meta,
};

use super::life::Life;
use super::province::grounds;
use super::world::Fate;

/// Units that may be given a dossier; each has a machine.
const HOMES: [&str; 5] = ["so", "huyen", "so.a", "so.b", "c"];

impl Life {
    /// Somebody does something about a transfer.
    pub(super) fn transfer(&mut self) {
        match self.luck.below(8) {
            0..3 => self.propose(),
            3..6 => self.answer_proposal(),
            6 => self.look_at_transfers(),
            _ => self.withdraw_or_release(),
        }
        self.note_custody();
    }

    /// A body or the unit itself proposes that a dossier goes to some unit.
    fn propose(&mut self) {
        let Some(dossier) = self.some_dossier() else { return };
        let place = self.writer(&dossier);
        let to = HOMES[self.luck.below(HOMES.len() as u64) as usize];
        let order = TransferOrder::Propose { to: to.parse().expect("a unit of the tree") };
        self.order_transfer(place, dossier, order, grounds(false));
    }

    fn answer_proposal(&mut self) {
        let takes = |it: &TransferShown| it.parts[1] && it.stage == TransferStage::Proposed;
        let Some((place, chosen)) = self.some_transfer(takes) else { return };
        let code = match self.luck.below(4) {
            0 => AnswerCode::WrongPerson,
            _ => AnswerCode::Accepted,
        };
        let order = TransferOrder::Answer { tid: chosen.tid, code };
        self.order_transfer(place, chosen.dossier, order, LegalBasis::Office);
    }

    fn withdraw_or_release(&mut self) {
        let gives = |it: &TransferShown| it.parts[0] && is_open(it.stage);
        let Some((place, chosen)) = self.some_transfer(gives) else { return };
        let tid = chosen.tid;
        let order = match self.luck.below(2) {
            0 => TransferOrder::Withdraw { tid },
            _ => TransferOrder::Release { tid },
        };
        self.order_transfer(place, chosen.dossier, order, LegalBasis::Office);
    }

    /// Somebody looks which transfers there are: what a machine says to have ended, ended.
    fn look_at_transfers(&mut self) {
        let place = self.luck.below(self.world.nodes.len() as u64) as usize;
        for transfer in self.transfers_at(place) {
            self.note_stage(place, &transfer);
        }
    }

    fn order_transfer(
        &mut self,
        place: usize,
        dossier: DossierId,
        order: TransferOrder,
        basis: LegalBasis,
    ) {
        let meta = Meta { basis, ..self.person(place, Role::Approver) };
        let fate = self.fate();
        let command = Command::Transfer { dossier, order: Box::new(order), meta };
        self.world.try_order(place, command, fate);
        self.judge_crash(place, fate);
    }

    /// A transfer of some machine that is as asked for.
    fn some_transfer(
        &mut self,
        fits: impl Fn(&TransferShown) -> bool,
    ) -> Option<(usize, TransferShown)> {
        let mut all: Vec<(usize, TransferShown)> = Vec::new();
        for place in 0..self.world.nodes.len() {
            let there = self.transfers_at(place).into_iter().filter(&fits);
            all.extend(there.map(|transfer| (place, transfer)));
        }
        let chosen = self.luck.below(all.len() as u64) as usize;
        (chosen < all.len()).then(|| all.swap_remove(chosen))
    }

    /// The transfers that a machine has a part in.
    pub(super) fn transfers_at(&mut self, place: usize) -> Vec<TransferShown> {
        let question = Command::AskCustody(CustodyQuestion::Transfers);
        match self.world.try_order(place, question, Fate::Lives) {
            Some(Answer::Custody(CustodyAnswer::Transfers(all))) => all,
            _ => Vec::new(),
        }
    }
}

/// Whether nothing is decided yet.
pub(super) fn is_open(stage: TransferStage) -> bool {
    matches!(stage, TransferStage::Proposed | TransferStage::Accepted | TransferStage::Released)
}
