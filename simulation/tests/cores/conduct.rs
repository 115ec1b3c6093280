//! Problems, internal rules and duties: said while cut off, heard by whom they concern.

use dossier::{
    Hash, UnitId,
    account::{Login, Paper},
    conduct::{ARTICLES, ConductAct, Regulation, Severity, Ticket, TicketKind, duties},
    grant::Officer,
};
use protocol::notice::Saying;
use simulation::cores::{A, B, PROVINCE, SO, World};

use crate::notices::say;

fn unit(text: &str) -> UnitId {
    text.parse().expect("unit")
}

fn officer() -> Officer {
    Officer { full_name: "Hà Văn Tú".to_owned(), login: None }
}

fn statement(act: ConductAct) -> Saying {
    Saying::Conduct(Box::new(act))
}

fn raise(to: &str) -> Saying {
    let (kind, text) = (TicketKind::Problem(Severity::Major), "không gửi được phiếu".to_owned());
    statement(ConductAct::Raise(Ticket { kind, to: unit(to), text, by: officer() }))
}

fn standing(world: &World, place: usize, ticket: &Hash) -> Option<&'static str> {
    let known = world.nodes[place].core.board().conduct().ticket(ticket);
    known.map(|known| known.standing())
}

// a problem that was reported without a network reaches the right tier, and the answer its unit.
#[test]
fn a_problem_reported_while_cut_off_is_answered_and_closed() {
    for seed in 1..10 {
        let mut world = World::new(seed);
        let ticket = say(&mut world, A, raise("so"));
        assert_eq!(standing(&world, A, &ticket), Some("open"), "it needs no network");
        assert_eq!(standing(&world, SO, &ticket), None);
        world.connect_all();
        world.settle();
        for place in [PROVINCE, SO, A] {
            assert_eq!(standing(&world, place, &ticket), Some("open"));
        }
        assert_eq!(standing(&world, B, &ticket), None, "so.b has no part in it");
        let (to, text, by) = (unit("tier3"), "vượt thẩm quyền".to_owned(), officer());
        say(&mut world, SO, statement(ConductAct::Pass { ticket, to, text, by }));
        world.settle();
        assert_eq!(standing(&world, A, &ticket), Some("passed"));
        let (text, by) = ("đã mở cổng".to_owned(), officer());
        say(&mut world, PROVINCE, statement(ConductAct::Answer { ticket, text, by }));
        world.settle();
        assert_eq!(standing(&world, A, &ticket), Some("answered"));
        let (text, by) = ("gửi được rồi".to_owned(), officer());
        say(&mut world, A, statement(ConductAct::Close { ticket, text, by }));
        world.settle();
        // A node is rebuilt from its store, in whose order what followed may come first.
        let store = world.nodes[PROVINCE].store.clone();
        world.restart(PROVINCE, store);
        for place in [PROVINCE, SO, A] {
            assert_eq!(standing(&world, place, &ticket), Some("closed"));
        }
    }
}

// duties are known above, the rules of a body also to its units, and to nobody aside.
#[test]
fn duties_go_up_and_rules_down_too() {
    let mut world = World::new(3);
    world.connect_all();
    world.settle();
    let login: Login = "tu.hv".parse().expect("login");
    let acknowledge =
        ConductAct::Acknowledge { login: login.clone(), year: 2026, duties: duties() };
    say(&mut world, A, statement(acknowledge));
    let rules = ConductAct::Publish(Regulation {
        document: Paper {
            number: "3/QĐ".to_owned(),
            signed_on: "1970-01-01".parse().expect("a day"),
        },
        in_force: "1970-02-01".parse().expect("a day"),
        file: None,
        covers: ARTICLES.map(|article| (article, "chương II".to_owned())).collect(),
        by: officer(),
    });
    let regulation = say(&mut world, SO, statement(rules));
    say(&mut world, SO, statement(ConductAct::Settle { regulation, by: officer() }));
    world.settle();
    let known = |read: &dyn Fn(usize) -> bool| (0..6).filter(|at| read(*at)).collect::<Vec<_>>();
    let duties = known(&|at| {
        let core = &world.nodes[at].core;
        core.board().conduct().acknowledged(&login, &unit("so.a"), 2026, &core.tree().tree)
    });
    assert_eq!(duties, [PROVINCE, SO, A]);
    let settled = known(&|at| {
        let mut rules = world.nodes[at].core.board().conduct().regulations();
        rules.any(|(_, kept)| kept.settled.is_some())
    });
    assert_eq!(settled, [PROVINCE, SO, A, B]);
}
