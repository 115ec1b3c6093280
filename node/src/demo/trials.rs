//! The acts in which something goes wrong: a node dies in the middle of an import, a node is shut
//! out.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, ensure};
use dossier::DossierId;
use protocol::wire::RefusalCode;

use super::{
    import::{Entered, TEACHERS_LIST, batches, send},
    province::{CENTRE, EDUCATION, HEALTH, TOP, unit},
    story::Story,
    words,
};
use crate::control::{Request, Response};

/// A revoked node's session must be closed within this time, in milliseconds.
const SHUT_WITHIN_MS: i64 = 5_000;

impl Story<'_> {
    /// Kills the importing node between two of its acknowledgements, and imports again.
    pub(super) fn kill_while_importing(&mut self) -> anyhow::Result<()> {
        self.narrator.say(&words::act(6, words::ACT_KILL));
        let importer = unit(EDUCATION);
        let name = self.name(EDUCATION);
        let plan = &self.plans.teachers;
        let with_node = self.province.with_node();
        let entries = self.plans.reader.entries(plan, &importer, &with_node, "Nguyễn Thị Vân");
        ensure!(entries.len() == plan.people.len(), "có người trong danh sách bị giữ lại");
        let (entries, below): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.unit == importer);

        let acknowledged = self.send_until_killed(&entries)?;
        ensure!(!acknowledged.is_empty(), "máy chết trước khi xác nhận hồ sơ nào");
        ensure!(acknowledged.len() < entries.len(), "máy chết khi việc nhập đã xong");
        self.kept.enter(&acknowledged);
        let said = acknowledged.len();
        self.narrator.say_within(&words::killed(&name, said, entries.len()));

        self.province.start(&importer)?;
        self.province.wait_until_up(&importer)?;
        let held: BTreeSet<DossierId> =
            self.province.list(&importer)?.into_iter().map(|row| row.dossier).collect();
        let found = acknowledged.iter().filter(|(id, ..)| held.contains(id)).count();
        let unsaid = held.len().saturating_sub(found);
        self.narrator.say_within(&words::survived(said, found, unsaid));
        ensure!(found == said, "mất {} hồ sơ đã xác nhận", said - found);

        let mut again: Vec<Entered> = Vec::with_capacity(entries.len());
        let data_dir = self.province.data_dir(&importer);
        send(&data_dir, &entries, |entered| again.extend(entered))?;
        self.kept.enter(&again);
        let new = again.iter().filter(|(.., new)| *new).count();
        let total = self.province.list(&importer)?.len();
        let known = again.len() - new;
        self.narrator.say_within(&words::again(TEACHERS_LIST.name, new, known, total));
        ensure!(known == held.len(), "số hồ sơ đã có không khớp");
        ensure!(total == entries.len(), "có người bị nhập hai lần hoặc bị sót");
        self.enter_below(TEACHERS_LIST.name, below)?;

        let expected = self.kept.entered.len() as u64;
        self.wait_for_dossiers(&unit(TOP), expected)?;
        let top = self.name(TOP);
        self.narrator.say_within(&words::arrived(expected, &top));
        Ok(())
    }

    /// Sends entries and kills the node somewhere in the middle; answers what it acknowledged.
    fn send_until_killed(
        &mut self,
        entries: &[protocol::core::Entry],
    ) -> anyhow::Result<Vec<Entered>> {
        let importer = unit(EDUCATION);
        let data_dir = self.province.data_dir(&importer);
        let all = batches(entries) as u64;
        let after = all / 4 + self.dice.below(all / 3);
        let pause = Duration::from_micros(self.dice.below(4_000));
        let (told, heard) = mpsc::channel();
        std::thread::scope(|scope| {
            // The sender ends with an error when the node dies: that is the plot.
            scope.spawn(move || send(&data_dir, entries, |entered| drop(told.send(entered))));
            let mut acknowledged: Vec<Entered> = Vec::new();
            for _ in 0..after {
                acknowledged.extend(heard.recv().context("the import ended by itself")?);
            }
            std::thread::sleep(pause);
            self.province.kill(&importer)?;
            acknowledged.extend(heard.iter().flatten());
            Ok(acknowledged)
        })
    }

    /// Revokes a node whose session is open, and lets it dial again.
    pub(super) fn revoke(&mut self) -> anyhow::Result<()> {
        self.narrator.say(&words::act(8, words::ACT_REVOKE));
        let (centre, above, top) = (unit(CENTRE), unit(HEALTH), unit(TOP));
        self.province.wait_until_connected(&centre)?;
        self.settle()?;
        let began = self.now();
        let reason = "máy bị mất".to_owned();
        let answer = self.province.call(&top, &Request::Revoke { unit: centre.clone(), reason })?;
        ensure!(matches!(answer, Response::Revoked { .. }), "cấp 3 không thu hồi được: {answer:?}");
        self.province.until("phiên của máy bị thu hồi đóng lại", || {
            let below = self.province.status(&above)?.neighbours;
            Ok(below.iter().all(|neighbour| neighbour.unit != centre).then_some(()))
        })?;
        let took = self.now() - began;
        self.narrator.say_within(&words::revoked(&self.name(CENTRE), took));
        ensure!(took <= SHUT_WITHIN_MS, "phiên đóng quá {SHUT_WITHIN_MS} ms");

        self.province.stop(&centre)?;
        self.province.start(&centre)?;
        self.province.wait_until_up(&centre)?;
        let refusal = self.province.until("máy bị thu hồi bị từ chối", || {
            let state = self.province.status(&centre)?;
            let open = state.neighbours.iter().any(|neighbour| neighbour.upper && neighbour.live);
            ensure!(!open, "máy bị thu hồi vẫn vào được");
            Ok(state.refused)
        })?;
        let revoked = refusal.code == RefusalCode::Revoked as u16 && refusal.unit == above;
        ensure!(revoked, "bị từ chối vì lý do khác: {refusal:?}");
        let inside = self.province.status(&above)?.neighbours;
        ensure!(inside.iter().all(|neighbour| neighbour.unit != centre), "cấp trên còn phiên");
        let names = [CENTRE, HEALTH].map(|id| self.name(id));
        self.narrator.say_within(&words::refused(&names[0], &names[1], refusal.code));
        Ok(())
    }
}
