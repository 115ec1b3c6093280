//! What an import may compare with its list without that being an opening by a person: the dossiers
//! that the list was found to name, which the recorded act of import names as well.

use std::collections::{BTreeSet, VecDeque};

use dossier::DossierId;
use protocol::Answer;
use protocol::audit::Record;

/// Acts of import that are remembered; older ones compare nothing more.
const ACTS_MAX: usize = 64;

/// Who imports: the account of the operating system and the person of the session.
pub type Importer = (Option<u32>, Option<String>);

/// The dossiers that acts of import may compare; in memory alone.
#[derive(Debug, Default)]
pub struct Comparisons(VecDeque<(Importer, BTreeSet<DossierId>)>);

impl Comparisons {
    /// Notes which dossiers an act of import named: no more than its entry in the log does.
    pub fn note(&mut self, importer: &Importer, answer: &Answer) {
        let most = Record::DOSSIERS_MAX;
        let named = match answer {
            Answer::Entered(made) => made.iter().flatten().map(|(id, _)| *id).take(most).collect(),
            Answer::Imported(known) => known.iter().flatten().copied().take(most).collect(),
            _ => return,
        };
        self.0.truncate(ACTS_MAX - 1);
        self.0.push_front((importer.clone(), named));
    }

    /// Whether a list of this importer named the dossier.
    pub fn allows(&self, importer: &Importer, dossier: &DossierId) -> bool {
        self.0.iter().any(|(who, named)| who == importer && named.contains(dossier))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dossier(number: usize) -> DossierId {
        DossierId::from_bytes((number as u128).to_be_bytes())
    }

    fn found(numbers: std::ops::Range<usize>) -> Answer {
        Answer::Imported(numbers.map(|number| Some(dossier(number))).collect())
    }

    #[test]
    fn a_list_opens_what_its_entry_in_the_log_names_to_whoever_brought_it() {
        let mut comparisons = Comparisons::default();
        let (tu, hoa) = ((Some(7), None), (Some(7), Some("hoa.lt".to_owned())));
        comparisons.note(&tu, &found(0..Record::DOSSIERS_MAX + 1));
        assert!(comparisons.allows(&tu, &dossier(0)));
        assert!(!comparisons.allows(&hoa, &dossier(0)), "another's list");
        assert!(!comparisons.allows(&tu, &dossier(Record::DOSSIERS_MAX)), "beyond the entry");
        for act in 0..ACTS_MAX {
            assert!(comparisons.allows(&tu, &dossier(0)), "{act}");
            comparisons.note(&hoa, &found(act..act + 1));
        }
        assert!(!comparisons.allows(&tu, &dossier(0)), "long ago");
    }
}
