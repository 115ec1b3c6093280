//! The porter on a virtual clock and an in-memory store of rows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use dossier::account::{
    AccountAct, Activation, Assigning, Decision, Login, Paper, Person, Place, Right, Rights,
};
use dossier::unit::{Holding, Tier, Unit};
use dossier::validity::Validity;
use dossier::{Hash, Role};
use protocol::core::Refused;
use protocol::member::{MemberAct, SignedEntry};
use protocol::{Command, Entry, Fault, FeedPosition, Op, PublicKey, Table, Transaction};

use super::*;
use crate::crypto::KeyCrypto;

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 1 March 2026, eight in the morning in Vietnam.
const START: i64 = 1_772_326_800_000;
const PASSWORD: &str = "năm con trâu đi qua";

/// Where a row lies.
type Spot = (Table, Vec<u8>);

/// Rows without a journal.
#[derive(Default)]
struct Rows(RefCell<BTreeMap<Spot, Vec<u8>>>);

impl Rows {
    fn write(&self, ops: Vec<Op>) {
        for op in ops {
            assert!(!op.feed, "peers are offered nothing of persons");
            match op.value {
                Some(value) => self.0.borrow_mut().insert((op.table, op.key), value),
                None => self.0.borrow_mut().remove(&(op.table, op.key)),
            };
        }
    }
}

impl Records for Rows {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.0.borrow().get(&(table, key.to_vec())).cloned())
    }

    fn scan(&self, _: Table, _: &[u8], _: Option<&[u8]>, _: usize) -> Result<Vec<Entry>, Fault> {
        Ok(Vec::new())
    }

    fn feed_head(&self) -> FeedPosition {
        FeedPosition::START
    }

    fn feed_digest(&self, _: u64) -> Result<Option<Hash>, Fault> {
        Ok(None)
    }

    fn feed_after(&self, _: u64, _: usize, _: usize) -> Result<Vec<Transaction>, Fault> {
        Ok(Vec::new())
    }
}

/// A school's node under a district, with one clerk.
struct House {
    porter: Porter,
    accounts: Accounts,
    number: u64,
    tree: UnitTree,
    members: MemberList,
    unit: UnitId,
    role: Role,
    rows: Rows,
    conduct: Conduct,
    now: i64,
    drawn: u8,
}

fn id(text: &str) -> UnitId {
    text.parse().expect("unit id")
}

fn login() -> Login {
    "tu.hv".parse().expect("login")
}

fn tree() -> UnitTree {
    let unit = |name: &str, parent: Option<&str>, tier| Unit {
        id: id(name),
        parent: parent.map(id),
        tier,
        name: name.to_owned(),
        kind: "x".to_owned(),
        holds_dossiers: Holding::Yes,
        validity: Validity::ALWAYS,
        successor: None,
    };
    let units = vec![
        unit("tinh", None, Tier::Province),
        unit("snv", Some("tinh"), Tier::Three),
        unit("huyen", Some("snv"), Tier::Two),
        unit("huyen.truong", Some("huyen"), Tier::One),
        unit("huyen.tram", Some("huyen"), Tier::One),
    ];
    UnitTree::new(units).expect("a tree")
}

fn node_of(unit: &str) -> NodeId {
    NodeId::from_slice(&Hash::of(unit.as_bytes()).as_bytes()[..16]).expect("16 bytes")
}

fn members() -> MemberList {
    let register = KeyCrypto::new(certs::PrivateKey::from_seed([1; 32]));
    let mut list = MemberList::default();
    for unit in ["snv", "huyen", "huyen.truong"] {
        let act = MemberAct::Enrol {
            node: node_of(unit),
            unit: id(unit),
            change_key: PublicKey([0; 32]),
            tls_key: Hash::of(unit.as_bytes()),
        };
        let entry = SignedEntry::issue(list.next(act, Timestamp::from_millis(0)), &register);
        list.push(&entry, &register.public(), &register).expect("enrols");
    }
    list
}

fn paper(number: &str) -> Paper {
    Paper { number: number.to_owned(), signed_on: "2026-01-05".parse().expect("date") }
}

impl House {
    /// The node of `unit`, whose account has one clerk who may begin.
    fn of(unit: &str, rules: Rules) -> Self {
        Self::staffed(unit, rules, Role::Clerk)
    }

    /// The same, whose one person has another role.
    fn staffed(unit: &str, rules: Rules, role: Role) -> Self {
        let mut house = Self {
            porter: Porter::new(rules),
            accounts: Accounts::default(),
            number: 0,
            tree: tree(),
            members: members(),
            unit: id(unit),
            role: Role::Clerk,
            rows: Rows::default(),
            conduct: Conduct::default(),
            now: START,
            drawn: 0,
        };
        house.act(AccountAct::DelegateAdministration {
            document: paper("1/UQ"),
            scope: "toàn tỉnh".to_owned(),
        });
        let mut acts = BTreeSet::from([Right::Read, Right::Enter]);
        acts.extend((role == Role::Approver).then_some(Right::Approve));
        let rights = Rights { acts, ..Rights::default() };
        house.act(AccountAct::Issue { unit: id(unit), rights, agreement: None });
        house.role = role;
        house.assign("7/QĐ", Validity::ALWAYS, code(1));
        house
    }

    fn school() -> Self {
        Self::of("huyen.truong", cheap())
    }

    /// A school's node whose clerk has set her password.
    fn begun() -> Self {
        let mut house = Self::school();
        house.activate(&code(1), PASSWORD).expect("activated");
        house
    }

    fn act(&mut self, act: AccountAct) {
        self.number += 1;
        let place = Place { number: self.number, at: Timestamp::from_millis(self.now) };
        self.accounts.apply(place, &act).expect("lawful");
    }

    fn activation(&self, code: &Code) -> Activation {
        let until = Timestamp::from_millis(self.now + 72 * HOUR);
        Activation { code: code.digest(&login()), until }
    }

    fn assign(&mut self, decision: &str, validity: Validity, code: Code) {
        let act = AccountAct::Assign(Assigning {
            unit: self.unit.clone(),
            person: Person {
                login: login(), full_name: "Hà Văn Tú".to_owned(), role: self.role
            },
            decision: Decision {
                number: decision.to_owned(),
                signed_on: "2026-01-05".parse().expect("date"),
                issuer: "UBND huyện".to_owned(),
            },
            validity,
            activation: self.activation(&code),
        });
        self.act(act);
    }

    fn reissue(&mut self, code: &Code) {
        self.act(AccountAct::Reissue {
            unit: self.unit.clone(),
            login: login(),
            report_to_head: Some(paper("3/BC")),
            report_to_province: Some(paper("4/BC-SNV")),
            activation: self.activation(code),
        });
    }

    fn with<T>(&mut self, ask: impl FnOnce(&mut Porter, View<'_>) -> T) -> T {
        let grants = dossier::grant::Grants::default();
        let view = View {
            grants: &grants,
            conduct: &self.conduct,
            accounts: &self.accounts,
            number: self.number,
            tree: &self.tree,
            members: &self.members,
            node: node_of(self.unit.as_str()),
            unit: &self.unit,
            records: &self.rows,
            now: Timestamp::from_millis(self.now),
        };
        ask(&mut self.porter, view)
    }

    fn knock(&mut self, login: &str, purpose: Purpose) -> Result<Riddle, Refused> {
        let knock = Knock { login: login.to_owned(), source: "here".to_owned(), purpose };
        self.drawn = self.drawn.wrapping_add(1);
        let salt = [self.drawn; 16];
        let (ops, riddle) = self.with(|porter, view| porter.knock(view, knock, salt)).expect("ok");
        self.rows.write(ops);
        riddle
    }

    fn settle(&mut self, settled: Settled) -> Result<AccountAnswer, Refused> {
        let fresh = [self.drawn; 52];
        let decided = self.with(|porter, view| porter.settle(view, settled, fresh));
        let (ops, answer) = decided.expect("ok");
        self.rows.write(ops);
        answer
    }

    fn activate(&mut self, code: &Code, password: &str) -> Result<AccountAnswer, Refused> {
        let password = Secret::new(password.to_owned());
        let riddle = self.knock("tu.hv", Purpose::Activate(code.clone()))?;
        let spent = riddle.spent.iter().any(|old| old.matches(&password));
        let renewed = Some(Verifier::of(&password, riddle.salt, riddle.cost));
        let id = riddle.id;
        self.settle(Settled { id, matched: false, spent, renewed, second: None, code: None })
    }

    fn change(&mut self, token: Token, old: &str, new: &str) -> Result<AccountAnswer, Refused> {
        let (old, new) = (Secret::new(old.to_owned()), Secret::new(new.to_owned()));
        let riddle = self.knock("tu.hv", Purpose::Change(token))?;
        let matched = riddle.present.matches(&old);
        let spent = riddle.spent.iter().any(|old| old.matches(&new));
        let renewed = Some(Verifier::of(&new, riddle.salt, riddle.cost));
        self.settle(Settled { id: riddle.id, matched, spent, renewed, second: None, code: None })
    }

    fn sign_in_with(
        &mut self,
        login: &str,
        password: &str,
        second: Option<String>,
    ) -> Result<AccountAnswer, Refused> {
        let riddle = self.knock(login, Purpose::SignIn)?;
        let matched = riddle.present.matches(&Secret::new(password.to_owned()));
        let (code, second) = (password.parse().ok(), second.map(Secret::new));
        let id = riddle.id;
        self.settle(Settled { id, matched, spent: false, renewed: None, second, code })
    }

    fn sign_in(&mut self) -> Result<Token, String> {
        match self.sign_in_with("tu.hv", PASSWORD, None) {
            Ok(AccountAnswer::SignedIn { token, .. }) => Ok(token),
            Ok(other) => panic!("{other:?}"),
            Err(refused) => Err(refused.code),
        }
    }

    /// What the door says to somebody who wants to list dossiers.
    fn list(&mut self, token: Option<Token>) -> String {
        let mut command = Command::List { after: None, limit: 1, query: String::new() };
        let opened = self.with(|porter, view| porter.open_for(view, token.as_ref(), &mut command));
        opened.expect("ok").map_or_else(|refused| refused.code, |()| "open".to_owned())
    }

    /// A superior is heard.
    fn heard(&mut self) {
        let at = Some(Timestamp::from_millis(self.now));
        let ops = self.with(|porter, view| porter.note_heard(view, at)).expect("ok");
        self.rows.write(ops);
    }
}

fn cheap() -> Rules {
    Rules { cost: Cost::LEAST, acknowledge: false, ..Rules::default() }
}

fn code(seed: u8) -> Code {
    Code::new([seed; 16])
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, Refused>) -> String {
    outcome.expect_err("refused").code
}

mod conducting;
mod granting;
mod guessing;
mod living;
