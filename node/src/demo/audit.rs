//! The inspection: every node's audit log leaves in a package, and all packages are judged as an
//! inspector would judge them, from the files alone.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use dossier::UnitId;

use super::{province::COMMUNE, province::unit, story::Story, words};
use crate::audit::{
    package::{Exported, export},
    verify::{Options, verify},
};
use crate::cli::audit::sentence;
use crate::control::{AuditAnswer, AuditOrder, Request, Response};

/// The mission that stands in the packages.
const MISSION: &str = "12/QĐ-SNV";

impl Story<'_> {
    /// Leaves a package of every node in `folder` and judges them together.
    pub(super) fn inspect(&mut self, folder: &Path) -> anyhow::Result<()> {
        self.narrator.say(&words::act(9, words::ACT_INSPECT));
        std::fs::DirBuilder::new().mode(0o700).create(folder).context("no folder for packages")?;
        let ids: Vec<UnitId> = self.province.nodes.keys().cloned().collect();
        let mut files = Vec::with_capacity(ids.len());
        let mut code = None;
        for id in &ids {
            let (file, exported) = self.export(id, folder)?;
            if *id == unit(COMMUNE) {
                code = Some(exported.code);
            }
            files.push(file);
        }
        let code = code.context("the commune has no package")?;
        let codes = vec![code.parse().context("a code that does not parse")?];
        let verdict = verify(&files, &Options { codes, root: None })?;
        let wrong: Vec<String> =
            verdict.findings.iter().map(|it| sentence(it, &verdict.members)).collect();
        ensure!(verdict.count == 0, "gói kiểm tra không nguyên vẹn: {}", wrong.join(" "));
        let logs = || verdict.packages.iter().flat_map(|package| &package.logs);
        let entries = logs().map(|log| log.size).sum();
        let compared = logs().map(|log| log.compared).sum();
        self.narrator.say_within(&words::inspected(files.len(), entries, compared));
        let name = self.name(COMMUNE);
        let commune = verdict.packages.iter().find(|package| package.opened);
        let read = commune.and_then(|package| package.logs.last()).map(|log| &log.reading);
        let persons = read.context("the code opens nothing")?.persons.len();
        self.narrator.say_within(&words::opened_package(&name, persons, &code));
        Ok(())
    }

    fn export(&self, id: &UnitId, folder: &Path) -> anyhow::Result<(PathBuf, Exported)> {
        let path = folder.join(format!("{id}.audit"));
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        let file = std::io::BufWriter::new(file.context("no package file")?);
        let ask = |order: AuditOrder| -> anyhow::Result<AuditAnswer> {
            match self.province.call(id, &Request::Audit(order))? {
                Response::Audit(answer) => Ok(answer),
                other => bail!("máy {id} trả lời lạ: {other:?}"),
            }
        };
        let exported = export(ask, MISSION, file).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok((path, exported))
    }
}
