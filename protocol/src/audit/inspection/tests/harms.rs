//! What was done to a log, called by its name.

use super::*;

#[test]
fn every_flipped_bit_of_an_entry_is_found_at_its_place() {
    let office = worked(5, 6);
    let lines = office.lines();
    for place in entries(&lines) {
        let Line::Entry(number, sealed, _) = &lines[place] else { continue };
        for bit in 0..sealed.len() * 8 {
            let mut bent = lines.clone();
            if let Line::Entry(_, sealed, _) = &mut bent[place] {
                sealed[bit / 8] ^= 1 << (bit % 8);
            }
            let (inspection, _) = inspect(&bent, office.log.size(), &[]);
            let found = Finding::Altered { node: node("unit"), sequence: *number };
            assert!(inspection.findings().first().contains(&found), "entry {number}, bit {bit}");
        }
    }
}

#[test]
fn what_is_cut_swapped_or_doubled_is_called_by_its_name() {
    let office = worked(6, 30);
    let (lines, size) = (office.lines(), office.log.size());
    let places = entries(&lines);
    let unit = node("unit");
    let finds = |bent: &[Line], expected: Finding| {
        let (inspection, _) = inspect(bent, size, &[]);
        let found = inspection.findings().first();
        assert!(found.contains(&expected), "{expected:?} among {found:?}");
    };
    finds(&lines[places[4]..], Finding::Missing { node: unit, from: 1, to: 4 });
    finds(&lines[..places[10]], Finding::Missing { node: unit, from: 11, to: size });
    let mut without = lines.clone();
    without.remove(places[7]);
    finds(&without, Finding::Missing { node: unit, from: 8, to: 8 });
    let mut twice = lines.clone();
    twice.insert(places[7] + 1, lines[places[7]].clone());
    finds(&twice, Finding::Repeated { node: unit, sequence: 8 });
    let mut swapped = lines.clone();
    swapped.swap(places[7], places[8]);
    finds(&swapped, Finding::OutOfOrder { node: unit, sequence: 8, after: 9 });
    let mut renumbered = lines.clone();
    let (Line::Entry(_, one, _), Line::Entry(_, other, _)) = (&lines[places[7]], &lines[places[8]])
    else {
        panic!("entries")
    };
    let head = Hash::ZERO;
    renumbered[places[7]] = Line::Entry(8, other.clone(), head);
    renumbered[places[8]] = Line::Entry(9, one.clone(), head);
    finds(&renumbered, Finding::Altered { node: unit, sequence: 8 });
}

#[test]
fn a_log_written_anew_fails_at_the_first_signature() {
    let office = worked(7, 30);
    let size = office.log.size();
    let mut head = Hash::ZERO;
    let mut bent = Vec::new();
    for line in office.lines() {
        match line {
            Line::Entry(number, mut sealed, _) => {
                sealed[3] ^= u8::from(number == 9);
                head = chain(&head, &sealed);
                bent.push(Line::Entry(number, sealed, head));
            }
            kept @ Line::Kept(_) => bent.push(kept),
        }
    }
    let (inspection, _) = inspect(&bent, size, &[]);
    let found = inspection.findings().first();
    assert!(found.iter().any(|it| matches!(it, Finding::Rewritten { to, .. } if *to >= 9)));
    assert!(found.contains(&Finding::Unreadable { node: node("unit"), sequence: 9 }));
}

#[test]
fn an_older_good_copy_and_a_second_log_are_found_by_what_superiors_hold() {
    let mut office = worked(8, 20);
    let old = office.clone();
    office.work(15);
    office.sign();
    let (shown, unit) = (office.newest(), node("unit"));
    let size = old.log.size();
    let (inspection, _) = inspect(&old.lines(), size, &[("above", shown.clone())]);
    let witnessed = shown.signed.checkpoint.size;
    let cut = Finding::Cut { node: unit, size, witnessed, holder: node("above") };
    assert_eq!(inspection.findings().first(), [cut]);

    // The same life goes on twice from the old copy, and each superior is shown another log.
    let mut second = old;
    second.dice += 1;
    while second.log.size() < office.log.size() {
        second.act();
    }
    second.sign();
    let both = [("above", shown), ("top", second.newest())];
    let (inspection, _) = inspect(&office.lines(), office.log.size(), &both);
    let found = inspection.findings().first();
    let two =
        |it: &Finding| matches!(it, Finding::TwoLogs { size, .. } if *size == office.log.size());
    assert!(found.iter().any(two));
    assert!(found.iter().any(|it| matches!(it, Finding::Replaced { holder, .. }
        if *holder == node("top"))));
}

#[test]
fn signatures_that_are_not_the_nodes_do_not_count() {
    let office = worked(9, 12);
    let (unit, size) = (node("unit"), office.log.size());
    let mut lines = office.lines();
    let forged = lines.iter().position(|line| matches!(line, Line::Kept(_))).expect("one");
    if let Line::Kept(kept) = &mut lines[forged] {
        let checkpoint = kept.signed.checkpoint.clone();
        kept.signed = SignedCheckpoint::issue(checkpoint, &Key::new("top"));
    }
    let (inspection, _) = inspect(&lines, size, &[]);
    assert!(
        inspection
            .findings()
            .first()
            .iter()
            .any(|it| matches!(it, Finding::CheckpointUnsigned { node, .. } if *node == unit))
    );
    let mut kept = office.newest();
    let by = crate::audit::Cosignature::issue(
        &kept.signed.checkpoint,
        node("top"),
        Timestamp::from_millis(0),
        &Key::new("above"),
    );
    kept.add(&by);
    let (inspection, _) = inspect(&office.lines(), size, &[("above", kept)]);
    let false_word = Finding::CosignatureFalse { node: unit, size, by: node("top") };
    assert_eq!(inspection.findings().first(), [false_word]);
}

#[test]
fn entries_behind_the_last_signature_are_told() {
    let mut office = worked(10, 5);
    let covered = office.log.size();
    office.now += 1;
    office.log.append(office.now(), Record::of(Act::Opened), &Seal::new());
    let mut again = worked(10, 5);
    let ops = again.log.append(office.now(), Record::of(Act::Opened), &Seal::new());
    again.rows.take(ops);
    let (inspection, _) = inspect(&again.lines(), again.log.size(), &[]);
    let to = again.log.size();
    let open = Finding::Uncovered { node: node("unit"), after: covered, to };
    assert_eq!(inspection.findings().first(), [open]);
}
