//! The process that reads a list: this binary run again, with its hands tied.
//!
//! A spreadsheet is the one input that is parsed by code we did not write, so it is parsed where
//! it can do no harm: little memory, little time, no file and no socket to open. The file comes in
//! on standard input, never by name; cells go out on standard output as frames, each a length and
//! JSON, so that neither side holds more than its limits allow.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::error::{ImportError, ReadFailure};
use super::limits::Limits;
use super::reader;
use super::sheet::{Assembly, Book, Frame};

/// The hidden subcommand under which the binary reads a list.
pub const SUBCOMMAND: &str = "import-reader";

/// Starts reading processes.
#[derive(Debug, Clone)]
pub struct ChildReader {
    program: PathBuf,
    limits: Limits,
}

impl ChildReader {
    /// Reads with the binary that runs now.
    ///
    /// # Errors
    /// [`ImportError::Spawn`] when the system does not tell where the binary is.
    pub fn this_program(limits: Limits) -> Result<Self, ImportError> {
        Ok(Self::new(std::env::current_exe().map_err(ImportError::Spawn)?, limits))
    }

    /// Reads with another build of the binary.
    pub fn new(program: PathBuf, limits: Limits) -> Self {
        Self { program, limits }
    }

    /// Reads a whole list in a process of its own.
    ///
    /// # Errors
    /// [`ImportError::Read`] when the file is refused or the process was stopped, and
    /// [`ImportError::Spawn`] when it could not be started.
    pub fn read(&self, bytes: &[u8]) -> Result<Book, ImportError> {
        if bytes.len() as u64 > self.limits.file_bytes {
            let limit = self.limits.file_bytes;
            return Err(ImportError::Read(ReadFailure::FileTooLarge { limit }));
        }
        let mut child = Command::new(&self.program)
            .arg(SUBCOMMAND)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(ImportError::Spawn)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(mut input), Some(mut output)) = (input, output) else {
            return Err(ImportError::Read(ReadFailure::Garbled));
        };
        let watched = Watched::new(child);
        let outcome = watched.within(self.limits.child_wall_seconds, || {
            // A process that died while it was fed says why on its output, or says nothing.
            let _ = input.write_all(bytes);
            drop(input);
            receive(&mut output, &self.limits)
        });
        outcome.map_err(ImportError::Read)
    }
}

/// A process that is killed when its time is over, and always waited for.
struct Watched {
    child: Mutex<Child>,
}

impl Watched {
    fn new(child: Child) -> Self {
        Self { child: Mutex::new(child) }
    }

    fn within(
        &self,
        seconds: u64,
        work: impl FnOnce() -> Result<Book, ReadFailure>,
    ) -> Result<Book, ReadFailure> {
        let (done, waiting) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let watch = scope.spawn(move || {
                let late = waiting.recv_timeout(Duration::from_secs(seconds))
                    == Err(mpsc::RecvTimeoutError::Timeout);
                if late {
                    self.kill();
                }
                late
            });
            let outcome = work();
            drop(done);
            let late = watch.join().unwrap_or(false);
            if late { Err(ReadFailure::TimedOut { seconds }) } else { outcome }
        })
    }

    fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.kill();
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.wait();
    }
}

/// Takes frames until the book is complete; an early end means that the process was stopped.
fn receive(output: &mut impl Read, limits: &Limits) -> Result<Book, ReadFailure> {
    let mut assembly = Assembly::default();
    // Counting again here keeps this process safe from a reader that was taken over.
    let most = limits.text_bytes.saturating_mul(2) + limits.cells.saturating_mul(32);
    let mut received = 0_u64;
    loop {
        let mut length = [0; 4];
        output.read_exact(&mut length).map_err(|_| ReadFailure::Stopped)?;
        let length = u32::from_le_bytes(length) as usize;
        received += length as u64;
        if length > limits.frame_bytes || received > most {
            return Err(ReadFailure::Garbled);
        }
        let mut frame = vec![0; length];
        output.read_exact(&mut frame).map_err(|_| ReadFailure::Stopped)?;
        let frame: Frame = serde_json::from_slice(&frame).map_err(|_| ReadFailure::Garbled)?;
        if let Some(outcome) = assembly.take(frame) {
            return outcome;
        }
    }
}

/// The whole life of a reading process; answers its exit code.
///
/// The binary calls it before anything else when its first argument is [`SUBCOMMAND`].
pub fn reader_main() -> i32 {
    let limits = Limits::DEFAULT;
    // A panic of a parser must not write parts of the file to a log.
    std::panic::set_hook(Box::new(|_| {}));
    if tie_hands(&limits).is_err() {
        return 3;
    }
    let mut bytes = Vec::new();
    let most = limits.file_bytes + 1;
    if std::io::stdin().lock().take(most).read_to_end(&mut bytes).is_err() {
        return 2;
    }
    let mut output = std::io::stdout().lock();
    let outcome = reader::read(&bytes, &limits, &mut |frame| send(&mut output, &frame));
    match outcome {
        Ok(()) => 0,
        Err(failure) => i32::from(send(&mut output, &Frame::Failed(failure)).is_err()),
    }
}

fn send(output: &mut impl Write, frame: &Frame) -> Result<(), ReadFailure> {
    let body = serde_json::to_vec(frame).map_err(|_| ReadFailure::Garbled)?;
    let length = u32::try_from(body.len()).map_err(|_| ReadFailure::Garbled)?;
    output
        .write_all(&length.to_le_bytes())
        .and_then(|()| output.write_all(&body))
        .and_then(|()| output.flush())
        .map_err(|_| ReadFailure::Garbled)
}

/// Limits that hold until the process ends: with three open files no file or socket is opened.
fn tie_hands(limits: &Limits) -> rustix::io::Result<()> {
    let limit = |resource, most: u64| {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nofile, 3)?;
    limit(Resource::Cpu, limits.child_cpu_seconds)?;
    limit(Resource::As, limits.child_memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(list: &[Frame]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for frame in list {
            send(&mut bytes, frame).expect("a vector takes everything");
        }
        bytes
    }

    #[test]
    fn an_early_end_and_nonsense_are_told_apart() {
        let limits = Limits::DEFAULT;
        let kind = || Frame::Kind(super::super::sheet::FileKind::Csv);
        let whole = frames(&[kind(), Frame::Done]);
        assert!(receive(&mut whole.as_slice(), &limits).is_ok());
        let torn = &whole[..whole.len() - 3];
        assert_eq!(receive(&mut &*torn, &limits), Err(ReadFailure::Stopped));
        let huge = u32::MAX.to_le_bytes();
        assert_eq!(receive(&mut huge.as_slice(), &limits), Err(ReadFailure::Garbled));
        let twice = frames(&[kind(), kind()]);
        assert_eq!(receive(&mut twice.as_slice(), &limits), Err(ReadFailure::Garbled));
    }
}
