//! Listens for ERROR lines: the product says that something is wrong which should not be.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    filter::LevelFilter,
    layer::{Context, SubscriberExt as _},
};

use super::node::lock;

/// The ERROR lines of this thread since listening began.
pub(super) struct Errors {
    lines: Arc<Mutex<Vec<String>>>,
    /// Absent where the process already listens otherwise.
    _guard: DefaultGuard,
}

impl fmt::Debug for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Errors")
    }
}

impl Errors {
    /// Listens on this thread until dropped.
    pub(super) fn listen() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let ear = Ear(Arc::clone(&lines)).with_filter(LevelFilter::ERROR);
        let shown = std::env::var("HOSO_LOG").ok().and_then(|filter| filter.parse().ok());
        let print = shown.map(|level: LevelFilter| {
            tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(level)
        });
        let listener = tracing_subscriber::registry().with(ear).with(print);
        Self { lines, _guard: tracing::subscriber::set_default(listener) }
    }

    /// Takes the lines heard so far.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.lines))
    }
}

struct Ear(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            let mut line = Line(event.metadata().target().to_owned());
            event.record(&mut line);
            lock(&self.0).push(line.0);
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
