//! Many lives side by side, each on a thread of its own.

use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use crate::checker::Violation;

/// Reads seeds `A..B`.
pub(crate) fn seeds(text: &str) -> Result<Range<u64>, String> {
    let read = |(from, to): (&str, &str)| Some(from.parse().ok()?..to.parse().ok()?);
    text.split_once("..").and_then(read).ok_or_else(|| format!("not A..B: {text}"))
}

/// Does several things, `jobs` at once; what they came to, as they end.
pub(crate) fn abreast<T: Send + 'static, R: Send + 'static>(
    all: impl Iterator<Item = T>,
    jobs: usize,
    done: impl Fn(T) -> R + Clone + Send + 'static,
) -> impl Iterator<Item = R> {
    let all = Arc::new(Mutex::new(all.collect::<VecDeque<_>>()));
    let (told, results) = mpsc::channel();
    for _ in 0..jobs.max(1) {
        let (all, told, done) = (Arc::clone(&all), told.clone(), done.clone());
        std::thread::spawn(move || {
            loop {
                let next = all.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(next) = next else { return };
                if told.send(done(next)).is_err() {
                    return;
                }
            }
        });
    }
    results.into_iter()
}

/// Lives a life; a panic of the code that is judged is a broken promise too.
pub(crate) fn or_panic<R>(life: impl FnOnce() -> R) -> Result<R, Violation> {
    catch_unwind(AssertUnwindSafe(life)).map_err(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let words = words.unwrap_or_else(|| "without words".to_owned());
        Violation { judge: "panic", at_ms: 0, words }
    })
}
