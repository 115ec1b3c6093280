//! What the cases are measured against: the bare payload on one stream, and one Automerge
//! conversation a document with a fresh state each, over one stream each.
//!
//! Both hold their documents in memory and make nothing durable, which favours them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use anyhow::Context as _;
use automerge::sync::{Message, State, SyncDoc as _};
use automerge::{ActorId, Automerge};
use dossier::{Document, DossierId, Timestamp};
use protocol::envelope::Author;
use quinn::{Connection, RecvStream, SendStream};
use tokio::task::{JoinSet, LocalSet, spawn_local};

use super::stage;
use super::talk::{Case, Counts, Order, Role, Said, SideArguments, orders, say};
use crate::workload::{Cast, Corpus, HUB, LEAF, dossier_id, mutation, stride};

/// Documents in conversation at once.
const AT_ONCE: u64 = 64;
/// The largest message that is read.
const MESSAGE_MAX: usize = 4 * 1024 * 1024;
/// The largest document, larger than any of the corpus.
const PIECE: usize = 64 * 1024;
/// The day of the changes: 1 March 2026.
const TODAY: Timestamp = Timestamp::from_millis(1_772_323_200_000);

type Documents = Rc<RefCell<BTreeMap<DossierId, Vec<u8>>>>;

/// Serves the other side and carries out orders until it is stopped.
pub(super) async fn run(arguments: &SideArguments) -> anyhow::Result<()> {
    LocalSet::new().run_until(serve(arguments)).await
}

async fn serve(arguments: &SideArguments) -> anyhow::Result<()> {
    let cast = Cast::new()?;
    let tls = stage::tls(&cast, arguments.place)?;
    let endpoint = stage::endpoint(&tls)?;
    let documents = Documents::default();
    if let Some(path) = &arguments.corpus {
        let count = usize::try_from(arguments.dossiers)?;
        for record in Corpus::at(path.clone()).records()?.take(count) {
            let record = record?;
            documents.borrow_mut().insert(record.id, record.saved()?);
        }
    }
    let connections: Rc<RefCell<Vec<Connection>>> = Rc::default();
    let mut side = Side {
        role: arguments.role,
        dossiers: arguments.dossiers,
        cast: &cast,
        documents: Rc::clone(&documents),
        changes: Vec::new(),
        turns: 0,
        connections: Rc::clone(&connections),
    };
    let listening = endpoint.clone();
    let role = arguments.role;
    spawn_local(async move {
        while let Some(incoming) = listening.accept().await {
            let Ok(connection) = incoming.await else { continue };
            connections.borrow_mut().push(connection.clone());
            spawn_local(answer(connection, role, Rc::clone(&documents)));
        }
    });
    say(&Said::Ready(endpoint.local_addr()?))?;
    let mut orders = orders();
    while let Some(order) = orders.recv().await {
        let since = Instant::now();
        match order {
            Order::Dial(address) => {
                let name = stage::server_name(&cast.members[HUB].unit)?;
                let connection = endpoint.connect(address, &name)?.await?;
                side.connections.borrow_mut().push(connection);
            }
            Order::Change(count) => side.change(count)?,
            Order::Push(case) => side.push(case).await?,
            Order::Count => {
                say(&Said::Counted(side.counts()))?;
                continue;
            }
            Order::Sync => anyhow::bail!("a baseline compares nothing"),
            Order::Stop => break,
        }
        say(&Said::Done(since.elapsed().as_secs_f64()))?;
    }
    say(&Said::Done(0.0))
}

struct Side<'a> {
    role: Role,
    dossiers: u64,
    cast: &'a Cast,
    documents: Documents,
    changes: Vec<Vec<u8>>,
    turns: u64,
    connections: Rc<RefCell<Vec<Connection>>>,
}

impl Side<'_> {
    /// Edits documents before anything is measured.
    fn change(&mut self, count: u64) -> anyhow::Result<()> {
        let member = &self.cast.members[LEAF];
        let author = Author { node: member.node, incarnation: Cast::present_life(LEAF), epoch: 0 };
        for index in stride(self.dossiers, count) {
            let id = dossier_id(index);
            let actor = author.actor(&member.change_key.public(), &id);
            let mut documents = self.documents.borrow_mut();
            let saved = documents.get_mut(&id).context("no such document")?;
            let mut document = Document::load(saved)?;
            self.changes.push(document.edit(actor, TODAY, &mutation(index))?.bytes);
            *saved = document.save();
        }
        Ok(())
    }

    async fn push(&mut self, case: Case) -> anyhow::Result<()> {
        let connection = self.connections.borrow().last().context("not connected")?.clone();
        if self.role == Role::Raw {
            self.turns += 1;
            let documents = self.documents.borrow();
            let payload: Vec<&[u8]> = match case {
                Case::Cold => documents.values().map(Vec::as_slice).collect(),
                _ => self.changes.iter().map(Vec::as_slice).collect(),
            };
            return push_raw(&connection, &payload).await;
        }
        let ids: Vec<DossierId> = self.documents.borrow().keys().copied().collect();
        let queue = Rc::new(RefCell::new(ids));
        let mut workers = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (queue, connection) = (Rc::clone(&queue), connection.clone());
            let documents = Rc::clone(&self.documents);
            workers.spawn_local(async move {
                let mut turns = 0;
                loop {
                    let Some(id) = queue.borrow_mut().pop() else { return anyhow::Ok(turns) };
                    turns += ask(&connection, id, &documents).await?;
                }
            });
        }
        let mut turns = 0;
        while let Some(worker) = workers.join_next().await {
            turns += worker??;
        }
        self.turns += turns.div_ceil(AT_ONCE);
        Ok(())
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts { turns: self.turns, ..Counts::default() };
        for connection in self.connections.borrow().iter() {
            let sent = connection.stats().udp_tx;
            counts.sent_bytes += sent.bytes;
            counts.sent_datagrams += sent.datagrams;
        }
        counts
    }
}

async fn push_raw(connection: &Connection, payload: &[&[u8]]) -> anyhow::Result<()> {
    let (mut send, mut receive) = connection.open_bi().await?;
    for bytes in payload {
        send.write_all(bytes).await?;
    }
    send.finish()?;
    receive.read_to_end(1).await?;
    Ok(())
}

/// The answering side of a connection.
async fn answer(connection: Connection, role: Role, documents: Documents) {
    while let Ok((send, receive)) = connection.accept_bi().await {
        let documents = Rc::clone(&documents);
        spawn_local(async move {
            // A broken stream shows at the asking side.
            let _ = match role {
                Role::Raw => swallow(send, receive).await,
                _ => reply(send, receive, &documents).await,
            };
        });
    }
}

async fn swallow(mut send: SendStream, mut receive: RecvStream) -> anyhow::Result<()> {
    while receive.read_chunk(PIECE, true).await?.is_some() {}
    send.write_all(&[1]).await?;
    Ok(send.finish()?)
}

/// Asks for one document and returns the round trips it took.
async fn ask(connection: &Connection, id: DossierId, documents: &Documents) -> anyhow::Result<u64> {
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(id.as_bytes()).await?;
    let mut talk = Conversation::open(id, documents)?;
    let mut turns = 0;
    loop {
        let silent = !talk.speak(&mut send).await?;
        turns += 1;
        let heard = talk.hear(&mut receive).await?;
        if silent && !heard {
            break;
        }
    }
    send.finish()?;
    talk.keep(documents);
    Ok(turns)
}

async fn reply(
    mut send: SendStream,
    mut receive: RecvStream,
    documents: &Documents,
) -> anyhow::Result<()> {
    let mut id = [0; 16];
    receive.read_exact(&mut id).await?;
    let mut talk = Conversation::open(DossierId::from_bytes(id), documents)?;
    loop {
        let heard = talk.hear(&mut receive).await?;
        if !talk.speak(&mut send).await? && !heard {
            break;
        }
    }
    talk.keep(documents);
    Ok(())
}

/// One document on one stream, as one side holds it.
struct Conversation {
    id: DossierId,
    document: Automerge,
    state: State,
    heads: Vec<automerge::ChangeHash>,
}

impl Conversation {
    fn open(id: DossierId, documents: &Documents) -> anyhow::Result<Self> {
        let saved = documents.borrow().get(&id).cloned();
        let document = match saved {
            Some(bytes) => Automerge::load(&bytes)?,
            None => Automerge::new().with_actor(ActorId::from(&id.as_bytes()[..])),
        };
        let heads = document.get_heads();
        Ok(Self { id, document, state: State::new(), heads })
    }

    /// Sends the next message, or the sign that there is none; whether there was one.
    async fn speak(&mut self, send: &mut SendStream) -> anyhow::Result<bool> {
        let message = self.document.generate_sync_message(&mut self.state);
        let bytes = message.map(Message::encode).unwrap_or_default();
        send.write_all(&u32::try_from(bytes.len())?.to_be_bytes()).await?;
        send.write_all(&bytes).await?;
        Ok(!bytes.is_empty())
    }

    async fn hear(&mut self, receive: &mut RecvStream) -> anyhow::Result<bool> {
        let mut length = [0; 4];
        receive.read_exact(&mut length).await?;
        let length = u32::from_be_bytes(length) as usize;
        anyhow::ensure!(length <= MESSAGE_MAX, "a message of {length} bytes");
        if length == 0 {
            return Ok(false);
        }
        let mut bytes = vec![0; length];
        receive.read_exact(&mut bytes).await?;
        self.document.receive_sync_message(&mut self.state, Message::decode(&bytes)?)?;
        Ok(true)
    }

    /// Saves the document when it has grown.
    fn keep(self, documents: &Documents) {
        if self.document.get_heads() != self.heads {
            documents.borrow_mut().insert(self.id, self.document.save());
        }
    }
}
