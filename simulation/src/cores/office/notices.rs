//! What is said to all whom it concerns.

use std::collections::BTreeSet;

use dossier::{
    Hash, PartialDate, Timestamp, UnitId,
    calendar::{CalendarYear, Decision, SpecialDay, SpecialKind},
    campaign::{Campaign, CampaignAct},
    grant::Officer,
};
use protocol::{
    Answer, Command,
    notice::{Saying, SignedNotice},
};

use crate::cores::chronicle::{Circle, Posted};
use crate::cores::clocks::calendar;
use crate::cores::life::Life;
use crate::cores::province::{A, C, HUYEN, PROVINCE, SO};

/// The year that is decided again and again.
const YEAR: i16 = 2026;
/// Working days of it that a decision takes away, one at a time.
const HOLIDAYS: [&str; 6] =
    ["2026-01-07", "2026-01-09", "2026-01-13", "2026-01-16", "2026-01-21", "2026-01-23"];

/// Codes of a refusal by the law.
const LAWS: [&str; 3] = ["grant-rule", "campaign-rule", "tier_three_only"];

/// A day of the first month there is.
pub(super) fn day(number: u64) -> PartialDate {
    let number = u8::try_from(number).unwrap_or(28).clamp(1, 28);
    PartialDate::day(1970, 1, number).expect("a day")
}

/// An officer who signs in by this name.
pub(super) fn officer(login: &str) -> Officer {
    Officer { full_name: format!("cán bộ {login}"), login: login.parse().ok() }
}

impl Life {
    /// Has a node sign something and take it; answers its name and whether it was acknowledged.
    pub(super) fn say(
        &mut self,
        place: usize,
        saying: Saying,
        lawful: bool,
        circle: Circle,
    ) -> (Hash, i64, bool) {
        let node = &self.world.nodes[place];
        let at = Timestamp::from_millis(self.world.now + node.clock_ahead_ms);
        let signed = SignedNotice::issue(node.core.notice(at, saying), &node.key);
        let id = signed.id();
        if lawful {
            self.chronicle.signed.insert(id, circle.clone());
        }
        let fate = self.fate();
        let answer = self.world.try_order(place, Command::Notices(vec![signed]), fate);
        let refused = match &answer {
            Some(Answer::Refused(refused)) => Some(refused.code.as_str()),
            _ => None,
        };
        let done = answer == Some(Answer::Done);
        if !lawful && done {
            self.world.violate("authority", format!("an unlawful notice is taken at {place}"));
        } else if lawful && refused.is_some_and(|code| LAWS.contains(&code)) {
            let words = format!("{answer:?} at {place} to a lawful notice");
            self.world.violate("authority", words);
        } else if done && !self.chronicle.notices.iter().any(|known| known.id == id) {
            self.chronicle.notices.push(Posted { id, circle, lost: false });
        }
        self.judge_crash(place, fate);
        (id, at.as_millis(), done)
    }

    /// A year of the calendar is decided, or a campaign goes on.
    pub(super) fn decree(&mut self) {
        match self.luck.below(5) {
            0 | 1 => self.decide_year(),
            2 | 3 => self.open_campaign(),
            _ => self.follow_campaign(),
        }
    }

    fn decide_year(&mut self) {
        let place = [PROVINCE, PROVINCE, PROVINCE, SO, A][self.luck.below(5) as usize];
        let Some(place) = self.successor(place) else { return };
        let holiday = HOLIDAYS[self.luck.below(HOLIDAYS.len() as u64) as usize];
        let civil = |text: &str| text.parse::<PartialDate>().ok().and_then(PartialDate::civil);
        let document = format!("QĐ {}", self.office.decisions.len());
        let special = SpecialDay {
            day: civil(holiday).expect("a day"),
            kind: SpecialKind::Holiday,
            reason: "nghỉ".to_owned(),
            document: document.clone(),
            paired: None,
        };
        let mut days = calendar().days_of(YEAR).to_vec();
        days.push(special);
        days.sort_by_key(|special| special.day);
        let version = 2 + self.office.decisions.len() as u32;
        let year = CalendarYear::new(YEAR, version, document, days).expect("a year");
        let decision = Decision { year, by: officer("lich") };
        let all = BTreeSet::from(["tier3".parse().expect("a unit")]);
        let circle = Circle { below: all, ..Circle::default() };
        let lawful = place == PROVINCE;
        let (id, ..) = self.say(place, Saying::CalendarYear(Box::new(decision)), lawful, circle);
        self.office.decisions.push((id, holiday));
    }

    fn open_campaign(&mut self) {
        let place = [PROVINCE, SO, HUYEN, C][self.luck.below(4) as usize];
        let Some(place) = self.successor(place) else { return };
        let unit = ["so", "so.a", "huyen", "c"][self.luck.below(4) as usize];
        let unit: UnitId = unit.parse().expect("a unit");
        let node = &self.world.nodes[place];
        let own = node.identity.unit.clone();
        let lawful = node.core.tree().tree.is_within(&unit, &own);
        let below = BTreeSet::from([unit]);
        let campaign = Campaign {
            title: self.token(),
            year: None,
            units: below.clone(),
            dossiers: BTreeSet::new(),
            due_on: day(20),
            by: "cán bộ".to_owned(),
        };
        let saying = Saying::Campaign(Box::new(CampaignAct::Open(campaign)));
        let circle = Circle { named: BTreeSet::from([own]), below };
        let (id, _, done) = self.say(place, saying, lawful, circle);
        if done {
            self.office.campaigns.push(id);
        }
    }

    fn follow_campaign(&mut self) {
        let Some(campaign) = self.some_campaign() else { return };
        let Some(posted) = self.chronicle.notices.iter().find(|it| it.id == campaign) else {
            return;
        };
        let circle = posted.circle.clone();
        let place = [PROVINCE, SO, HUYEN, C][self.luck.below(4) as usize];
        let Some(place) = self.successor(place) else { return };
        let own = &self.world.nodes[place].identity.unit;
        // Whether it is known at the machine is left to it.
        let lawful = circle.named.contains(own);
        let (text, by) = (self.token(), "cán bộ".to_owned());
        let act = match self.luck.below(2) {
            0 => CampaignAct::Remind { campaign, text, by },
            _ => CampaignAct::Close { campaign, by },
        };
        let known = self.world.nodes[place].core.board().campaigns().get(&campaign).is_some();
        if known {
            self.say(place, Saying::Campaign(Box::new(act)), lawful, circle);
        }
    }

    /// One of the campaigns, drawn at random.
    pub(super) fn some_campaign(&mut self) -> Option<Hash> {
        let all = self.office.campaigns.len() as u64;
        self.office.campaigns.get(self.luck.below(all) as usize).copied()
    }
}
