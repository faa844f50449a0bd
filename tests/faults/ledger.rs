//! What somebody outside the gateway keeps count of, and holds against what the gateway has in the end.

use crate::cast;
use crate::cast::AANBIEDER_A;
use crate::cast::AANBIEDER_B;
use crate::cast::GEMEENTE;
use crate::cast::Verwijzing;
use crate::findings::Findings;
use crate::receiver::Attempt;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What was acknowledged and what was read.
#[derive(Default)]
pub struct Ledger {
    /// Everything the gemeente ever sent, by number, in the order of its own clock.
    pub sent: BTreeMap<String, Vec<Verwijzing>>,
    /// Acknowledged messages by sender and reference: the id and the whole answer.
    pub acknowledged: BTreeMap<(&'static str, String), (Uuid, Value)>,
    /// What the provider read: number and content by delivery; every time it read it.
    pub read: BTreeMap<String, Vec<String>>,
    /// Verwijzingen whose besluit was sent.
    pub decided: BTreeSet<String>,
    /// Pushes that got no answer or a request to come back.
    pub tried_again: usize,
    /// Pushes of something that was pushed before.
    pub repeated: usize,
    /// The same reference with other content, refused as it should.
    pub conflicts: usize,
    /// What was found wrong on the way.
    pub findings: Findings,
}

/// What the gateway has in the end.
pub struct Books {
    /// By sender: reference and id of every message.
    pub messages: BTreeMap<&'static str, Vec<(String, Uuid)>>,
    /// By recipient: its deliveries.
    pub deliveries: BTreeMap<&'static str, Vec<Value>>,
    /// By number: the messages its versions came from; one entry for each record with that number.
    pub versions: Vec<(String, Vec<Uuid>)>,
    /// Kandidaten.
    pub kandidaten: usize,
}

impl Ledger {
    /// A message was acknowledged; once more must be the same answer.
    pub fn acknowledge(&mut self, sender: &'static str, reference: &str, body: &Value) {
        let id = body["id"].as_str().and_then(|id| id.parse().ok());
        let Some(id) = id else {
            self.findings
                .other
                .push(format!("{reference}: no id in {body}"));
            return;
        };
        if body["geweigerd"] != 0 {
            self.findings
                .other
                .push(format!("{reference}: refused: {body}"));
        }
        let key = (sender, reference.to_owned());
        let first = self.acknowledged.entry(key).or_insert((id, body.clone()));
        if *first != (id, body.clone()) {
            let line = format!("{reference}: first {first:?}, then {body}");
            self.findings.doubled.push(line);
        }
    }

    /// The provider read a delivery. Returns the number of the verwijzing.
    pub fn read(&mut self, mail: &Value) -> String {
        let id = mail["id"].as_str().unwrap_or_default().to_owned();
        let text = mail["inhoud"].as_str().unwrap_or_default().to_owned();
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        let number = document["toewijzing"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let told = self.sent.get(&number);
        if !told.is_some_and(|sent| sent.iter().any(|one| one.is_told_by(&document))) {
            let line = format!("{id}: nobody sent {text}");
            self.findings.altered.push(line);
        }
        let times = self.read.entry(id.clone()).or_default();
        if times.first().is_some_and(|first| *first != text) {
            let line = format!("{id}: first {}, then {text}", times[0]);
            self.findings.altered.push(line);
        }
        times.push(text);
        number
    }

    /// The reckoning.
    pub fn settle(&mut self, books: &Books, attempts: &[Attempt]) {
        self.messages(books);
        self.versions(books);
        self.deliveries(books);
        self.last_word();
        self.webhooks(attempts);
    }

    /// Every acknowledged message is there, once, under the id that was given, and no other.
    fn messages(&mut self, books: &Books) {
        for (sender, stored) in &books.messages {
            let mut met = BTreeMap::new();
            for (reference, id) in stored {
                if met.insert(reference.clone(), *id).is_some() {
                    let line = format!("{sender} {reference}: two messages");
                    self.findings.doubled.push(line);
                }
                if !self
                    .acknowledged
                    .contains_key(&(*sender, reference.clone()))
                {
                    let line = format!("{sender} {reference}: nobody sent it");
                    self.findings.other.push(line);
                }
            }
            for ((by, reference), (id, _)) in &self.acknowledged {
                if by == sender && met.get(reference) != Some(id) {
                    let line = format!("{sender} {reference}: message {id} is gone");
                    self.findings.lost.push(line);
                }
            }
        }
    }

    /// One record for each number, one version for each message about it.
    fn versions(&mut self, books: &Books) {
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, versions) in &books.versions {
            *found.entry(number).or_default() += 1;
            let expected: BTreeSet<Uuid> = self.messages_about(number);
            let distinct: BTreeSet<Uuid> = versions.iter().copied().collect();
            if distinct.len() < versions.len() {
                let line = format!("{number}: a message made two versions");
                self.findings.doubled.push(line);
            }
            for id in expected.difference(&distinct) {
                let line = format!("{number}: message {id} made no version");
                self.findings.lost.push(line);
            }
            for id in distinct.difference(&expected) {
                let line = format!("{number}: a version of a foreign message {id}");
                self.findings.altered.push(line);
            }
        }
        for number in self.sent.keys() {
            match found.get(number.as_str()) {
                Some(1) => {}
                None => self.findings.lost.push(format!("{number}: no record")),
                Some(_) => self.findings.doubled.push(format!("{number}: two records")),
            }
        }
        if books.kandidaten != self.sent.len() {
            let line = format!(
                "{} kandidaten for {} people",
                books.kandidaten,
                self.sent.len()
            );
            self.findings.doubled.push(line);
        }
    }

    fn messages_about(&self, number: &str) -> BTreeSet<Uuid> {
        let sent = self.sent.get(number).into_iter().flatten();
        let references = sent.map(|one| (GEMEENTE, one.reference.clone()));
        let besluit = (AANBIEDER_A, format!("besluit-{number}"));
        references
            .chain([besluit])
            .filter_map(|key| self.acknowledged.get(&key).map(|(id, _)| *id))
            .collect()
    }

    /// Each message made one delivery, for the one it is for, and that one has it.
    fn deliveries(&mut self, books: &Books) {
        for (recipient, deliveries) in &books.deliveries {
            let sender = match *recipient {
                AANBIEDER_A => GEMEENTE,
                GEMEENTE => AANBIEDER_A,
                _ => "",
            };
            let mut made: BTreeMap<Uuid, usize> = BTreeMap::new();
            for one in deliveries {
                let message = one["bericht"].as_str().and_then(|id| id.parse().ok());
                *made.entry(message.unwrap_or_default()).or_default() += 1;
                if one["afzender"] != sender || one["ontvanger"] != **recipient || sender.is_empty()
                {
                    self.findings
                        .misdelivered
                        .push(format!("{recipient} got {one}"));
                }
                if one["status"] != "bevestigd" {
                    self.findings
                        .lost
                        .push(format!("{recipient} never got {one}"));
                }
                let id = one["id"].as_str().unwrap_or_default();
                if *recipient == AANBIEDER_A && !self.read.contains_key(id) {
                    let line = format!("{recipient} never read {id}, which counts as confirmed");
                    self.findings.lost.push(line);
                }
            }
            for ((by, reference), (id, _)) in &self.acknowledged {
                match made.get(id) {
                    _ if *by != sender => {}
                    Some(1) => {}
                    None => self.findings.lost.push(format!("{reference}: no delivery")),
                    Some(_) => self
                        .findings
                        .doubled
                        .push(format!("{reference}: two deliveries")),
                }
            }
        }
        let strangers = books.deliveries.get(AANBIEDER_B).map_or(0, Vec::len);
        assert_eq!(strangers, 0, "{AANBIEDER_B} must get nothing");
    }

    /// The provider read what the gemeente said last.
    fn last_word(&mut self) {
        for (number, sent) in &self.sent {
            let Some(last) = sent.last() else { continue };
            let told = self.read.values().flatten().any(|text| {
                text.contains(number)
                    && serde_json::from_str(text).is_ok_and(|document| last.is_told_by(&document))
            });
            if !told {
                let line = format!(
                    "{number}: the last word ({}) was never read",
                    last.reference
                );
                self.findings.lost.push(line);
            }
        }
    }

    /// Every besluit arrived, and every attempt of a delivery is the same, signed.
    fn webhooks(&mut self, attempts: &[Attempt]) {
        let mut first: BTreeMap<&str, &Attempt> = BTreeMap::new();
        for attempt in attempts {
            let text = String::from_utf8_lossy(&attempt.body);
            if !attempt.signed {
                let line = format!("{}: the signature is wrong", attempt.id);
                self.findings.altered.push(line);
            }
            let one = first.entry(&attempt.id).or_insert(attempt);
            if one.body != attempt.body {
                let line = format!(
                    "{}: first {}, then {text}",
                    attempt.id,
                    String::from_utf8_lossy(&one.body)
                );
                self.findings.altered.push(line);
            }
            if !self
                .decided
                .iter()
                .any(|number| cast::tells_besluit(&text, number))
            {
                let line = format!("{}: nobody decided {text}", attempt.id);
                self.findings.altered.push(line);
            }
        }
        for number in &self.decided {
            let arrived = attempts
                .iter()
                .filter(|one| one.answered)
                .any(|one| cast::tells_besluit(&String::from_utf8_lossy(&one.body), number));
            if !arrived {
                let line = format!("{number}: its besluit never arrived");
                self.findings.lost.push(line);
            }
        }
    }
}
