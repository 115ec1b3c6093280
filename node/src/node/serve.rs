//! A node as production runs it: engine on its own thread, control socket, pages, signals.

use config::Settings;
use tokio::sync::oneshot;

use super::{Desk, Inputs, Node, Options, Ready, ServeError};
use crate::{
    control,
    engine::{Engine, EngineError},
    environment::Environment,
    web::Listener,
};

/// Runs the node of `settings.data_dir` until it is told to stop; `ready` is called once it is up.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    environment: Environment,
    settings: &Settings,
    options: &Options,
    ready: impl FnOnce(&Ready),
) -> Result<(), ServeError> {
    let Node { engine, inputs, desk } = Node::open(&environment, settings, options)?;
    let listener = control::listen(&settings.data_dir).map_err(ServeError::Control)?;
    let callers = desk.clone();
    let control = tokio::spawn(control::serve_control(listener, move |caller, request| {
        let desk = callers.clone();
        async move { desk.answer_to(caller, request).await }
    }));
    let mut shown = desk.ready().clone();
    let pages = match settings.listen_pages {
        Some(wanted) => {
            let listener = Listener::open(wanted).await.map_err(ServeError::Pages)?;
            shown.pages = Some(listener.address());
            let (desk, settings) = (desk.clone(), settings.clone());
            let serving = listener.serve(desk, environment.clone(), settings, options.rules);
            Some(tokio::spawn(serving))
        }
        None => None,
    };
    ready(&shown);
    let result = run(engine, inputs, &desk).await;
    control.abort();
    pages.inspect(|pages| pages.abort());
    desk.part("the node goes down").await;
    result
}

/// Runs the engine on a thread of its own until told to stop, then closes the store.
async fn run(mut engine: Engine, mut inputs: Inputs, desk: &Desk) -> Result<(), ServeError> {
    let (done, mut result) = oneshot::channel();
    let (quit, mut quitting) = oneshot::channel::<()>();
    let thread = std::thread::Builder::new().name("hoso-engine".to_owned()).spawn(move || {
        let outcome = loop {
            // Whoever searches later finds the dossiers read (Điều 16.2); whoever waits goes first.
            let waiting = inputs.waiting_batch();
            if waiting.is_none() && engine.warm() {
                continue;
            }
            let Some(batch) = waiting.or_else(|| inputs.blocking_batch()) else { break Ok(()) };
            if let Err(error) = engine.turn(batch) {
                break Err(error);
            }
            if quitting.try_recv().is_ok() {
                break Ok(());
            }
        };
        let closed = match outcome {
            Ok(()) => engine.close().map_err(EngineError::from),
            Err(error) => Err(error),
        };
        drop(done.send(closed));
    });
    thread.map_err(ServeError::Thread)?;
    let told = tokio::select! {
        biased;
        outcome = &mut result => Some(outcome),
        () = asked_to_stop(desk) => None,
    };
    let outcome = match told {
        Some(outcome) => outcome,
        None => {
            // The thread may have ended by itself; its result tells.
            let _ = quit.send(());
            desk.wake().await;
            result.await
        }
    };
    outcome.map_or(Ok(()), |closed| closed.map_err(ServeError::from))
}

async fn asked_to_stop(desk: &Desk) {
    let mut terminate =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match terminate.as_mut() {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending::<()>().await,
        }
    };
    tokio::select! {
        biased;
        () = desk.stopped() => {}
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
