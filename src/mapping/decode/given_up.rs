//! Items of a list that are not taken, because what they are recognised by, or all of them, could not be read.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Place;
use crate::document::Severity;
use crate::mapping::Spot;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::left::LEFT;
use crate::mapping::origin::Raw;
use crate::mapping::text::Text;
use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

/// What stands before a number that is known only when all items are: no attribute begins with it.
const LATER: char = '+';

/// How much of a draft was there when something began.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark {
    origins: usize,
    pub(super) states: usize,
    pub(super) raws: usize,
    assumed: usize,
}

impl Draft {
    /// Begins an item; [`Self::end`] wants what this gives.
    pub(super) fn begin(&mut self) -> Mark {
        let since = Mark {
            origins: self.origins.len(),
            states: self.states.len(),
            raws: self.raws.len(),
            assumed: self.assumed.len(),
        };
        std::mem::replace(&mut self.since, since)
    }

    pub(super) const fn end(&mut self, before: Mark) {
        self.since = before;
    }

    /// The text that the item that is read keeps untranslated at a pointer.
    pub(super) fn kept(&self, kind: Kind, pointer: &str) -> Option<&str> {
        let mut raws = self.raws.iter().skip(self.since.raws);
        let found = raws.find(|(known, at, _)| *known == kind && **at == *pointer);
        found.map(|(.., text)| text.as_str())
    }

    /// Whether the item that is read has a state, or a text that is kept untranslated.
    pub(super) const fn has_kept(&self) -> (bool, bool) {
        let (states, raws) = (self.states.len(), self.raws.len());
        (states > self.since.states, raws > self.since.raws)
    }

    /// Sets aside what the item that is read keeps untranslated: behind the items of its list, where nothing else will
    /// stand. Gives how it is called there until all items are known, and where everything else of it came from.
    fn set_aside(&mut self, from: &str, list: &str) -> (Arc<str>, Vec<Raw>) {
        let aside: Arc<str> = format!("{list}/{LATER}{}", self.given_up).into();
        self.given_up += 1;
        let moved = |at: &str| {
            let rest = at.strip_prefix(from).unwrap_or_default();
            Arc::<str>::from(format!("{aside}{rest}"))
        };
        let mut kept: HashMap<Arc<str>, Arc<str>> = HashMap::new();
        for (_, at, _) in self.raws.iter_mut().skip(self.since.raws) {
            let new = moved(at);
            kept.insert(std::mem::replace(at, Arc::clone(&new)), new);
        }
        let mut others = Vec::new();
        for origin in self.origins.split_off(self.since.origins) {
            let new = kept.get(&*self.origins.view(&origin).pointer());
            match new {
                Some(new) => self.origins.append_at(vec![origin], new),
                None => others.push(origin),
            }
        }
        (aside, others)
    }

    /// Gives up the item that is read: its texts are kept, and what else stands in it is told by its places.
    pub(super) fn give_up(
        &mut self,
        kind: Kind,
        from: &str,
        list: &str,
        rule: &Text,
        place: Place,
    ) {
        let (aside, others) = self.set_aside(from, list);
        self.states.truncate(self.since.states);
        self.stated.truncate(self.since.states);
        let assumed = self
            .assumed
            .split_off(self.since.assumed.min(self.assumed.len()));
        let others: Vec<_> = others
            .iter()
            .map(|origin| {
                let origin = self.origins.view(origin);
                (origin.pointer().into_owned(), origin.place())
            })
            .collect();
        let mut above: HashSet<&str> = HashSet::new();
        for (pointer, _) in &others {
            let mut at = &**pointer;
            while let Some((outer, _)) = at.rsplit_once('/')
                && above.insert(outer)
            {
                at = outer;
            }
        }
        let mut told: Vec<&Place> = Vec::new();
        for (pointer, place) in &others {
            let stood =
                !above.contains(&**pointer) && assumed.iter().all(|(_, at)| **at != **pointer);
            if stood && !told.contains(&place) {
                told.push(place);
                self.note(LEFT, place.clone(), Severity::Remark);
            }
        }
        self.came_from(kind, &aside, rule, Spot::made(place));
    }

    /// Keeps the text of a list that is no item of it, each at a place of its own.
    pub(super) fn keep_apart(&mut self, list: &str) {
        if self.raws.len() > self.since.raws {
            let (_, others) = self.set_aside(list, list);
            self.origins.append(others);
        }
    }

    /// Gives up an item of a row, of which nothing could be read: its list has its states and their places.
    pub(super) fn give_up_in_row(&mut self, from: &str, list: &str) {
        let (_, others) = self.set_aside(from, list);
        let list: Arc<str> = list.into();
        self.origins.append_at(others, &list);
        for (_, at, _) in self.states.iter_mut().skip(self.since.states) {
            *at = Arc::clone(&list);
        }
    }

    /// Gives what was set aside its number: from that of the first item that its list does not have.
    pub(super) fn number_given_up(&mut self, bundle: &Bundle) {
        if self.given_up == 0 {
            return;
        }
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        let mut next: HashMap<(Kind, String), usize> = HashMap::new();
        let mut numbered = |kind: Kind, at: &str| {
            if !at.contains(LATER) {
                return None;
            }
            let mut text = String::with_capacity(at.len());
            for step in at.split('/').skip(1) {
                let later = step
                    .strip_prefix(LATER)
                    .and_then(|later| later.parse().ok());
                let Some(later) = later else {
                    text.push('/');
                    text.push_str(step);
                    continue;
                };
                let number = *numbers.entry(later).or_insert_with(|| {
                    let length = || {
                        let list = bundle.at(kind, &text);
                        list.and_then(serde_json::Value::as_array)
                            .map_or(0, Vec::len)
                    };
                    let free = next.entry((kind, text.clone())).or_insert_with(length);
                    *free += 1;
                    *free - 1
                });
                let _ = write!(text, "/{number}");
            }
            Some(Arc::<str>::from(text))
        };
        for (kind, at, _) in &mut self.raws {
            if let Some(new) = numbered(*kind, at) {
                *at = new;
            }
        }
        self.origins.move_each(numbered);
    }
}
