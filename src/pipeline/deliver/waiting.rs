//! What waits for a webhook, organisation by organisation: ids only, in memory.
//!
//! The store has what waits here as published, so nothing is lost with the process: recovery publishes it again, and a
//! stop in good order puts it back in the outbox. An organisation has one turn at a time, of a bounded number of
//! deliveries, and goes to the back of the row after it: a slow one holds up itself, and takes a bounded share of what
//! may be under way in total.

use crate::canonical::OrgCode;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tokio::sync::Notify;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Most deliveries of one organisation that wait here; what comes beyond it stays published and comes again.
const WAITING_MAX: usize = 10_000;

/// What waits for webhooks.
#[derive(Debug)]
pub(crate) struct Waiting {
    state: Mutex<State>,
    /// Places for pushes under way, over all organisations.
    room: Arc<Semaphore>,
    /// Most pushes of one organisation under way.
    turn_max: usize,
    /// Rung when an organisation came to stand in the row.
    rung: Notify,
}

#[derive(Debug, Default)]
struct State {
    lines: HashMap<OrgCode, Line>,
    /// Organisations with something that waits and no turn under way: the order in which they get one.
    row: VecDeque<OrgCode>,
}

/// What waits for one organisation.
#[derive(Debug, Default)]
struct Line {
    ids: VecDeque<Uuid>,
    /// What waits and what is under way: a second copy from the broker is not taken again.
    known: HashSet<Uuid>,
    busy: bool,
}

impl Line {
    fn take_rest(&mut self, organisation: &OrgCode) -> Vec<Uuid> {
        let rest: Vec<Uuid> = self.ids.drain(..).collect();
        for id in &rest {
            self.known.remove(id);
        }
        self.note(organisation);
        rest
    }

    /// Tells how long the line is: a webhook that is slow or away shows here and nowhere else.
    fn note(&self, organisation: &OrgCode) {
        let length = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let org = organisation.as_str().to_owned();
        metrics::gauge!("schakel_webhook_waiting", "org" => org).set(f64::from(length));
    }
}

impl State {
    /// Puts an organisation in the row if it should stand there. Whether it came to.
    fn queue(&mut self, organisation: &OrgCode) -> bool {
        let waits = self
            .lines
            .get(organisation)
            .is_some_and(|line| !line.busy && !line.ids.is_empty());
        let comes = waits && !self.row.contains(organisation);
        if comes {
            self.row.push_back(organisation.clone());
        }
        comes
    }
}

impl Waiting {
    /// Nothing waits. At most `at_once` pushes are under way, and `per_organisation` of each.
    pub(crate) fn new(at_once: usize, per_organisation: usize) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            state: Mutex::default(),
            room: Arc::new(Semaphore::new(at_once)),
            turn_max: per_organisation.clamp(1, at_once),
            rung: Notify::new(),
        }
    }

    /// The state, also after a panic elsewhere: every change under the lock is complete in itself.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts deliveries at the end of an organisation's line; what is known already, or too much, is left out.
    pub(crate) fn add(&self, organisation: &OrgCode, ids: impl IntoIterator<Item = Uuid>) {
        let mut state = self.lock();
        let line = state.lines.entry(organisation.clone()).or_default();
        for id in ids {
            if line.ids.len() < WAITING_MAX && line.known.insert(id) {
                line.ids.push_back(id);
            }
        }
        line.note(organisation);
        if state.queue(organisation) {
            self.rung.notify_one();
        }
    }

    /// Waits for the next turn: something that waits, and room for it. Cancel-safe. For one caller at a time.
    pub(crate) async fn next(self: &Arc<Self>) -> PushTurn {
        loop {
            if self.lock().row.is_empty() {
                self.rung.notified().await;
                continue;
            }
            let Ok(place) = Arc::clone(&self.room).acquire_owned().await else {
                return std::future::pending().await; // never closed
            };
            if let Some(turn) = self.take(place) {
                return turn;
            }
        }
    }

    /// The next turn, if there is one now.
    pub(crate) fn try_next(self: &Arc<Self>) -> Option<PushTurn> {
        let place = Arc::clone(&self.room).try_acquire_owned().ok()?;
        self.take(place)
    }

    /// Takes all that waits, of every organisation. Turns under way keep what they have.
    pub(crate) fn take_all(&self) -> Vec<Uuid> {
        let mut state = self.lock();
        state.row.clear();
        let mut all = Vec::new();
        for (organisation, line) in &mut state.lines {
            all.extend(line.take_rest(organisation));
        }
        state.lines.retain(|_, line| line.busy);
        all
    }

    fn take(self: &Arc<Self>, mut places: OwnedSemaphorePermit) -> Option<PushTurn> {
        let mut state = self.lock();
        let organisation = state.row.pop_front()?;
        let line = state.lines.get_mut(&organisation)?;
        line.busy = true;
        let wanted = line.ids.len().min(self.turn_max);
        while places.num_permits() < wanted {
            let Ok(another) = Arc::clone(&self.room).try_acquire_owned() else {
                break;
            };
            places.merge(another);
        }
        let ids = line.ids.drain(..places.num_permits().min(wanted)).collect();
        drop(state);
        Some(PushTurn {
            waiting: Arc::clone(self),
            organisation,
            ids,
            put_back: false,
            _places: places,
        })
    }
}

/// One organisation's turn: the deliveries to push now, and the room for them. Dropping it ends the turn.
#[derive(Debug)]
pub struct PushTurn {
    waiting: Arc<Waiting>,
    organisation: OrgCode,
    ids: Vec<Uuid>,
    put_back: bool,
    _places: OwnedSemaphorePermit,
}

impl PushTurn {
    /// Whose turn it is.
    #[must_use]
    pub const fn organisation(&self) -> &OrgCode {
        &self.organisation
    }

    /// What to push, in order.
    #[must_use]
    pub fn deliveries(&self) -> &[Uuid] {
        &self.ids
    }

    /// What this turn has goes back to the front of the line when the turn ends.
    pub(crate) const fn put_back(&mut self) {
        self.put_back = true;
    }

    /// Takes all the rest that waits for this organisation.
    pub(crate) fn take_rest(&mut self) -> Vec<Uuid> {
        let mut state = self.waiting.lock();
        let Some(line) = state.lines.get_mut(&self.organisation) else {
            return Vec::new();
        };
        line.take_rest(&self.organisation)
    }
}

impl Drop for PushTurn {
    fn drop(&mut self) {
        let mut state = self.waiting.lock();
        let Some(line) = state.lines.get_mut(&self.organisation) else {
            return;
        };
        line.busy = false;
        for id in self.ids.drain(..).rev() {
            if self.put_back {
                line.ids.push_front(id);
            } else {
                line.known.remove(&id);
            }
        }
        line.note(&self.organisation);
        if line.ids.is_empty() {
            state.lines.remove(&self.organisation);
        } else if state.queue(&self.organisation) {
            self.waiting.rung.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(code: &str) -> OrgCode {
        OrgCode::parse(code).expect("a code")
    }

    fn ids(numbers: std::ops::Range<u128>) -> Vec<Uuid> {
        numbers.map(Uuid::from_u128).collect()
    }

    #[test]
    fn organisations_have_turns_and_none_has_two_at_a_time() {
        let waiting = Arc::new(Waiting::new(10, 2));
        waiting.add(&org("a"), ids(0..5));
        waiting.add(&org("b"), ids(10..11));
        let first = waiting.try_next().expect("a turn");
        let second = waiting.try_next().expect("a turn");
        assert_eq!(
            (first.organisation().as_str(), first.deliveries()),
            ("a", &ids(0..2)[..])
        );
        assert_eq!(
            (second.organisation().as_str(), second.deliveries()),
            ("b", &ids(10..11)[..])
        );
        assert!(waiting.try_next().is_none(), "`a` has a turn already");
        waiting.add(&org("a"), ids(0..5)); // second copies
        drop(first);
        assert_eq!(
            waiting.try_next().expect("a turn").deliveries(),
            &ids(2..4)[..]
        );
        assert_eq!(
            waiting.try_next().expect("a turn").deliveries(),
            &ids(4..5)[..]
        );
        drop(second);
        assert!(waiting.try_next().is_none());
        assert!(waiting.lock().lines.is_empty(), "nothing is left behind");
    }

    #[test]
    fn no_more_is_under_way_than_there_is_room_for() {
        let waiting = Arc::new(Waiting::new(3, 2));
        for code in ["a", "b", "c"] {
            waiting.add(&org(code), ids(0..9));
        }
        let turns = [waiting.try_next(), waiting.try_next(), waiting.try_next()];
        let sizes = turns.map(|turn| turn.map_or(0, |turn| turn.deliveries().len()));
        assert_eq!(sizes, [2, 1, 0]);
    }

    #[test]
    fn what_is_put_back_comes_first_again_and_the_rest_can_be_taken() {
        let waiting = Arc::new(Waiting::new(9, 2));
        waiting.add(&org("a"), ids(0..5));
        waiting.try_next().expect("a turn").put_back();
        let mut again = waiting.try_next().expect("a turn");
        assert_eq!(again.deliveries(), &ids(0..2)[..]);
        assert_eq!(again.take_rest(), ids(2..5));
        drop(again);
        assert!(waiting.try_next().is_none());
        waiting.add(&org("a"), ids(3..4));
        assert!(waiting.try_next().is_some(), "it may come again");
    }

    #[test]
    fn all_that_waits_can_be_taken_and_a_turn_keeps_what_it_has() {
        let waiting = Arc::new(Waiting::new(9, 2));
        waiting.add(&org("a"), ids(0..5));
        let turn = waiting.try_next().expect("a turn");
        waiting.add(&org("b"), ids(10..12));
        let mut all = waiting.take_all();
        all.sort_unstable();
        assert_eq!(all, [ids(2..5), ids(10..12)].concat());
        assert!(waiting.take_all().is_empty() && waiting.try_next().is_none());
        assert_eq!(turn.deliveries(), &ids(0..2)[..]);
        drop(turn);
        assert!(waiting.lock().lines.is_empty(), "nothing is left behind");
        waiting.add(&org("a"), ids(0..5));
        assert!(waiting.try_next().is_some(), "it may come again");
    }

    #[tokio::test]
    async fn a_turn_is_waited_for() {
        let waiting = Arc::new(Waiting::new(1, 1));
        let other = Arc::clone(&waiting);
        let next = tokio::spawn(async move { other.next().await.deliveries().to_vec() });
        tokio::task::yield_now().await;
        waiting.add(&org("a"), ids(7..8));
        assert_eq!(next.await.expect("no panic"), ids(7..8));
    }
}
