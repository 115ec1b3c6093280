//! What the verbs on signed records share: a record is named by the beginning of its id, and it is told
//! that something was said about it.

use dossier::Hash;
use serde_json::json;

use super::Outcome;
use super::ask::PREFIX_MIN;
use super::error::Exit;
use super::output::Output;

/// The one of some records whose id begins as a person typed; `None` where it is none, or several.
pub(super) fn one<T>(
    all: impl IntoIterator<Item = T>,
    id: impl Fn(&T) -> Hash,
    text: &str,
) -> Option<T> {
    let wanted = text.trim().to_ascii_lowercase();
    let begins = |it: &T| wanted.len() >= PREFIX_MIN && id(it).to_string().starts_with(&wanted);
    let mut found = all.into_iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// An id as people copy it.
pub(super) fn short(id: Hash) -> String {
    id.to_string()[..12].to_owned()
}

/// Tells that it was done to the record `id`, which programs know as `key`.
pub(super) fn told(out: &mut Output, key: &str, id: Hash, done: &str) -> Outcome {
    if out.is_json() {
        out.answer(&json!({ key: id }));
    } else {
        out.say(done);
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_meant_by_a_beginning_that_no_other_has() {
        let all = [Hash::from_bytes([0x11; 32]), Hash::from_bytes([0x22; 32])];
        let meant = |text: &str| one(all, |id| *id, text);
        assert_eq!(meant(" 111111 "), Some(all[0]));
        assert_eq!(meant("11111"), None, "too short to be meant");
        assert_eq!(meant("333333"), None);
        let twins = [all[0], all[0]];
        assert_eq!(one(twins, |id| *id, "111111"), None, "two begin so");
    }
}
