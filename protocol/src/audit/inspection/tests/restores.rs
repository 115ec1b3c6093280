//! Many small provinces of two: a unit whose store goes back to a backup now and then, and a
//! superior that is shown its logs. Nobody tampers, and nobody is accused; then somebody does.

use super::*;

/// How many lives a run has; `HOSO_CLEAN_RUNS` asks for others.
fn runs() -> u64 {
    let asked = std::env::var("HOSO_CLEAN_RUNS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(10_000)
}

/// What is done to the logs of a package.
type Harm<'a> = &'a dyn Fn(&mut Vec<Volume>);

/// A unit that may be put back, and what its superior keeps.
struct Pair {
    office: Office,
    backup: Office,
    lives: u8,
    shown: Vec<Kept>,
    /// The superior's clock, which nobody sets.
    above: i64,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let mut office = Office::new(seed);
        office.act();
        let backup = office.clone();
        Self { office, backup, lives: 1, shown: Vec::new(), above: 1_700_000_000_000 }
    }

    /// The superior is shown the newest checkpoint, and keeps it where nothing of it contradicts.
    /// Answers whether it did: if not the unit was told.
    fn show(&mut self) -> bool {
        self.office.sign_open();
        self.above += 60_000;
        let mut kept = self.office.newest();
        let (by, at) = (node("above"), Timestamp::from_millis(self.above));
        kept.add(&Cosignature::issue(&kept.signed.checkpoint, by, at, &Key::new("above")));
        let same = |it: &&Kept| it.signed.checkpoint.log() == kept.signed.checkpoint.log();
        let known = self.shown.iter().filter(same).max_by_key(|it| it.signed.checkpoint.size);
        let continues = known.is_none_or(|known| {
            let (old, new) = (&known.signed.checkpoint, &kept.signed.checkpoint);
            let tree = StoredTree::new(&self.office.rows, self.office.log.generation());
            old.says_the_same(new)
                || old.size < new.size
                    && consistency_proof(old.size, new.size, &tree).is_ok_and(|proof| {
                        verify_consistency((old.size, &old.root), (new.size, &new.root), &proof)
                    })
        });
        if continues
            && known.is_none_or(|it| it.signed.checkpoint.size < kept.signed.checkpoint.size)
        {
            self.shown.push(kept);
        }
        continues
    }

    /// Shows its log, and begins a new life where the superior holds it otherwise.
    fn call(&mut self) {
        if !self.show() {
            self.lives += 1;
            let (life, now) = (life(self.lives), self.office.now());
            let ops = self.office.log.begin_life(life, now, &Seal::new(), &Key::new("unit"));
            self.office.rows.take(ops);
            assert!(self.show(), "a new life contradicts nothing");
        }
    }

    fn restore(&mut self) {
        let (now, dice) = (self.office.now, self.office.dice);
        self.office = self.backup.clone();
        (self.office.now, self.office.dice) = (now, dice);
        self.office.reopen();
    }

    fn live(&mut self, days: u64) {
        for _ in 0..days {
            let acts = 1 + self.office.roll(3);
            self.office.work(acts);
            match self.office.roll(6) {
                0 => self.backup = self.office.clone(),
                1 => self.restore(),
                2..5 => self.call(),
                _ => {}
            }
        }
        self.call();
    }

    /// What an inspector finds, with the key of the package or without it.
    fn inspect(&self, bend: Harm<'_>, opened: bool) -> Inspection {
        let (crypto, seal, at) = (Key::new("anybody"), Seal::new(), self.office.now());
        let mut inspection = Inspection::new(members());
        for kept in &self.shown {
            inspection.witness(node("above"), kept, &crypto);
        }
        let mut logs = self.office.logs();
        bend(&mut logs);
        for log in &logs {
            inspection.begin(node("unit"), log.life, at);
            for line in &log.lines {
                match line {
                    Line::Entry(number, sealed, head) => {
                        let sealer = opened.then_some(&seal as &dyn Sealer);
                        inspection.entry(*number, sealed, *head, sealer);
                    }
                    Line::Kept(kept) => inspection.checkpoint(kept, &crypto),
                }
            }
            inspection.end(log.size);
        }
        inspection.close(node("unit"), at);
        inspection.finish();
        inspection
    }
}

#[test]
fn honest_restores_raise_no_alarm_and_are_told() {
    let mut told = 0;
    for seed in 0..runs() {
        let mut pair = Pair::new(seed);
        pair.live(3 + seed % 5);
        let inspection = pair.inspect(&|_| (), true);
        assert!(inspection.findings().is_clean(), "{seed}: {:?}", inspection.findings());
        if seed % 4 == 0 {
            let closed = pair.inspect(&|_| (), false);
            assert!(closed.findings().is_clean(), "{seed} unread: {:?}", closed.findings());
        }
        told += inspection.departures().len();
        assert!(pair.lives > 1 || inspection.departures().is_empty(), "{seed}");
    }
    assert!(told > 100, "{told} departures");
}

#[test]
fn a_life_left_out_at_the_end_is_found_whatever_the_clock_of_the_node_said() {
    let mut found = 0;
    for seed in 0..800 {
        let mut pair = Pair::new(seed);
        pair.live(6);
        if pair.lives < 2 || pair.office.log.size() < 2 {
            continue;
        }
        found += 1;
        for opened in [true, false] {
            let inspection = pair.inspect(&|logs| drop(logs.pop()), opened);
            assert!(!inspection.findings().is_clean(), "{seed}");
        }
    }
    assert!(found > 30, "{found} lives");
}

#[test]
fn a_life_that_the_witness_has_not_heard_of_yet_accuses_nobody() {
    let mut told = 0;
    for seed in 0..400 {
        let mut pair = Pair::new(seed);
        pair.live(6);
        // The superior's package is taken first; the unit begins another life after it.
        let shown = pair.shown.clone();
        pair.office.now += 500 * 86_400_000;
        pair.restore();
        pair.office.now += 500 * 86_400_000;
        pair.office.act();
        pair.call();
        pair.shown = shown;
        let inspection = pair.inspect(&|_| (), true);
        assert!(inspection.findings().is_clean(), "{seed}: {:?}", inspection.findings());
        told += inspection.departures().len();
    }
    assert!(told > 100, "{told} departures");
}

#[test]
fn a_departed_log_is_judged_like_any_other() {
    let mut found = 0;
    for seed in 0..400 {
        let mut pair = Pair::new(seed);
        pair.live(6);
        if pair.lives < 2 {
            continue;
        }
        let victim = |logs: &[Volume]| (0..logs.len() - 1).find(|place| logs[*place].size > 2);
        let Some(place) = victim(&pair.office.logs()) else { continue };
        found += 1;
        let harms: [(&str, Harm<'_>); 4] = [
            ("cut", &|logs| {
                let log = &mut logs[place];
                log.lines.truncate(1);
                log.size = 1;
            }),
            ("bent", &|logs| {
                if let Some(Line::Entry(_, sealed, _)) = logs[place].lines.first_mut() {
                    sealed[5] ^= 4;
                }
            }),
            ("swapped", &|logs| logs.swap(place, place + 1)),
            ("left out", &|logs| drop(logs.remove(place))),
        ];
        for (what, harm) in harms {
            let inspection = pair.inspect(harm, true);
            assert!(!inspection.findings().is_clean(), "{seed}: {what}");
        }
    }
    assert!(found > 50, "{found} lives with a departed log");
}

#[test]
fn a_log_that_goes_on_where_another_was_shown_is_found() {
    let mut found = 0;
    for seed in 0..400 {
        let mut pair = Pair::new(seed);
        pair.live(4);
        let backup = pair.office.clone();
        pair.office.work(3);
        pair.call();
        // The old copy goes on in the same life, though its superior contradicts it.
        pair.backup = backup;
        pair.restore();
        pair.office.work(4);
        if pair.show() {
            continue;
        }
        found += 1;
        for opened in [true, false] {
            let inspection = pair.inspect(&|_| (), opened);
            assert!(!inspection.findings().is_clean(), "{seed}");
            assert!(inspection.departures().len() < usize::from(pair.lives));
        }
    }
    assert!(found > 300, "{found}");
}
