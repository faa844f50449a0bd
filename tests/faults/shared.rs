//! What the organisations around the gateway do, whatever happens to it: push until it is acknowledged, read, confirm
//! and decide; and what they note in the ledger on the way.

use crate::caller::Answer;
use crate::caller::Caller;
use crate::cast;
use crate::cast::AANBIEDER_B;
use crate::cast::Verwijzing;
use crate::ledger::Ledger;
use reqwest::Method;
use schakel::canonical::IdSource;
use schakel::canonical::SeededIds;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The rest between two messages of one pusher.
const PACE: Duration = Duration::from_millis(60);

/// What the callers share.
pub struct Shared {
    pub gemeente: Caller,
    pub aanbieder: Caller,
    pub outsider: Caller,
    ledger: Mutex<Ledger>,
    people: AtomicUsize,
    /// Whether nobody starts anything new.
    pub ending: AtomicBool,
    /// Whether the provider does its work without a fault.
    pub healed: AtomicBool,
    /// Whether everybody stops.
    pub over: AtomicBool,
}

impl Shared {
    /// Three organisations that have done nothing yet.
    pub fn new(gemeente: Caller, aanbieder: Caller, outsider: Caller) -> Self {
        Self {
            gemeente,
            aanbieder,
            outsider,
            ledger: Mutex::default(),
            people: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
            healed: AtomicBool::new(false),
            over: AtomicBool::new(false),
        }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("not poisoned")
    }

    /// A system of the gemeente: new verwijzingen and changes of its own, each until it is acknowledged.
    pub async fn pushes(&self, lane: u64, chance: &SeededIds) {
        let mut mine: Vec<Verwijzing> = Vec::new();
        let mut moment = 0;
        while !self.ending.load(Ordering::Relaxed) {
            moment += 1;
            let known = if chance.below(3) == 0 {
                usize::try_from(chance.below(mine.len() as u64)).expect("fits")
            } else {
                mine.len()
            };
            let verwijzing = self.verwijzing(lane, mine.get(known), moment, chance);
            self.push_verwijzing(&verwijzing, chance).await;
            match mine.get_mut(known) {
                Some(before) => *before = verwijzing,
                None => mine.push(verwijzing),
            }
            tokio::time::sleep(PACE).await;
        }
    }

    /// The next message: about somebody new, or a change of an earlier one.
    pub fn verwijzing(
        &self,
        lane: u64,
        earlier: Option<&Verwijzing>,
        moment: i64,
        chance: &SeededIds,
    ) -> Verwijzing {
        // letters: by chance nine digits can be a number like that of a citizen, and such text is not forwarded
        let letters: String = (0..16)
            .map(|_| char::from(b'a' + u8::try_from(chance.below(15)).expect("fits")))
            .collect();
        let reference = format!("{letters}{moment:04}{lane}");
        let changed = Verwijzing {
            moment,
            contact: format!("Zoë & <{reference}>"),
            reference,
            day: 1 + chance.below(28),
            percent: 30 + chance.below(70),
            ..earlier.cloned().unwrap_or_else(|| {
                let person = self.people.fetch_add(1, Ordering::Relaxed);
                Verwijzing {
                    number: format!("2024-REI-{person:06}"),
                    bsn: cast::bsn(person),
                    name: format!("Çelik-Ångström & <{person}>"),
                    reference: String::new(),
                    moment: 0,
                    contact: String::new(),
                    day: 0,
                    percent: 0,
                }
            })
        };
        let mut ledger = self.ledger();
        let sent = ledger.sent.entry(changed.number.clone()).or_default();
        sent.push(changed.clone());
        changed
    }

    /// Pushes a verwijzing until it is acknowledged; now and then twice at once, or once more afterwards, or with
    /// other content.
    pub async fn push_verwijzing(&self, verwijzing: &Verwijzing, chance: &SeededIds) {
        let xml = verwijzing.xml();
        let reference = &verwijzing.reference;
        let push = || {
            self.push(
                &self.gemeente,
                reference,
                "verwijzing",
                "application/xml",
                &xml,
            )
        };
        if chance.below(5) == 0 {
            self.ledger().repeated += 1;
            tokio::join!(push(), push());
        } else {
            push().await;
        }
        if chance.below(5) == 0 {
            self.ledger().repeated += 1;
            push().await;
        }
        if chance.below(10) == 0 {
            self.push_other(verwijzing).await;
        }
    }

    /// The same reference with other content must be refused.
    pub async fn push_other(&self, verwijzing: &Verwijzing) {
        let other = Verwijzing {
            percent: verwijzing.percent - 1,
            ..verwijzing.clone()
        };
        let path = "/v1/berichten?soort=verwijzing";
        let xml = other.xml();
        match self
            .gemeente
            .ask(Method::POST, path, "application/xml", xml.as_bytes())
            .await
        {
            Some(Answer { status: 409, .. }) => self.ledger().conflicts += 1,
            answer if later(answer.as_ref()) => self.ledger().tried_again += 1,
            answer => self.finding(format!("{}: other content: {answer:?}", other.reference)),
        }
    }

    /// Pushes until there is an acknowledgement.
    pub async fn push(
        &self,
        caller: &Caller,
        reference: &str,
        soort: &str,
        content_type: &str,
        body: &str,
    ) {
        let path = format!("/v1/berichten?soort={soort}");
        while !self.over.load(Ordering::Relaxed) {
            let answer = caller
                .ask(Method::POST, &path, content_type, body.as_bytes())
                .await;
            if let Some(answer) = answer.as_ref().filter(|answer| answer.status == 202) {
                self.ledger()
                    .acknowledge(caller.org, reference, &answer.body);
                return;
            }
            if !later(answer.as_ref()) {
                self.finding(format!("{reference}: {answer:?}"));
                return;
            }
            self.ledger().tried_again += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn finding(&self, line: String) {
        self.ledger().findings.other.push(line);
    }

    /// The provider: reads, confirms (now and then not), and decides on what it read. Beside it, somebody who should
    /// never get anything.
    pub async fn provides(&self, chance: &SeededIds) {
        while !self.over.load(Ordering::Relaxed) {
            let mail = self.aanbieder.fetch(20).await;
            let healed = self.healed.load(Ordering::Relaxed);
            let mut confirmed = Vec::new();
            let mut numbers = Vec::new();
            for one in &mail {
                // what it reads it keeps, before it confirms: a lost confirmation gives it the same again
                let number = self.ledger().read(one);
                if healed || chance.below(8) > 0 {
                    confirmed.push(one.clone());
                    numbers.push(number);
                }
            }
            self.aanbieder.confirm(&confirmed).await;
            for number in numbers {
                if self.ledger().decided.insert(number.clone()) {
                    let reference = format!("besluit-{number}");
                    let body = cast::besluit(&number).to_string();
                    self.push(
                        &self.aanbieder,
                        &reference,
                        "besluit",
                        "application/json",
                        &body,
                    )
                    .await;
                }
            }
            for one in self.outsider.fetch(20).await {
                let line = format!("{AANBIEDER_B} got {}", one["id"]);
                self.ledger().findings.misdelivered.push(line);
            }
            if mail.is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Whether to come back: no whole answer, or one that says so.
fn later(answer: Option<&Answer>) -> bool {
    answer.is_none_or(Answer::says_later)
}
