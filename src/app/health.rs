use crate::broker::Broker;
use crate::canonical::Clock;
use crate::canonical::OrgCode;
use crate::store::DeliveryState;
use crate::store::Figures;
use crate::store::Store;
use crate::worker::Stop;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;

/// How often each part is asked.
const INTERVAL: Duration = Duration::from_secs(2);
/// An answer older than this counts for nothing: a check that hangs is found out within this time.
const STALE_AFTER: Duration = Duration::from_secs(4);

/// How the parts of the gateway are, as they last answered. Asking costs nothing, so it can be done often.
#[derive(Debug)]
pub struct Health {
    parts: Mutex<BTreeMap<&'static str, Answer>>,
    oldest_due_limit: Duration,
}

#[derive(Debug, Clone)]
struct Answer {
    at: Instant,
    problem: Option<String>,
    notice: Option<String>,
}

/// The state of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartHealth {
    /// `opslag`, `broker` or `uitbak`.
    pub part: &'static str,
    /// What is wrong; `None` when it is well.
    pub problem: Option<String>,
    /// What an operator has to look at though it is well.
    pub notice: Option<String>,
}

impl Health {
    /// Nothing is known yet, so nothing is well. The outbox is unwell when a delivery that is to be published is due
    /// longer than a limit. What waits behind the broker, for an endpoint that is slow or away, does not count.
    #[must_use]
    pub fn new(oldest_due_limit: Duration) -> Self {
        let unknown = Answer {
            at: Instant::now(),
            problem: Some("nog niet gecontroleerd".to_owned()),
            notice: None,
        };
        let parts = ["broker", "opslag", "uitbak"].map(|part| (part, unknown.clone()));
        Self {
            parts: Mutex::new(parts.into()),
            oldest_due_limit,
        }
    }

    /// The state of each part now.
    #[must_use]
    pub fn parts(&self) -> Vec<PartHealth> {
        self.parts_at(Instant::now())
    }

    fn parts_at(&self, now: Instant) -> Vec<PartHealth> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts
            .iter()
            .map(|(part, answer)| PartHealth {
                part,
                problem: if now.duration_since(answer.at) > STALE_AFTER {
                    Some("geeft geen antwoord".to_owned())
                } else {
                    answer.problem.clone()
                },
                notice: answer.notice.clone(),
            })
            .collect()
    }

    /// Whether every part is well.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.parts().iter().all(|part| part.problem.is_none())
    }

    fn note(&self, part: &'static str, problem: Option<&str>, notice: Option<String>) {
        let ready = if problem.is_none() { 1.0 } else { 0.0 };
        metrics::gauge!("schakel_ready", "part" => part).set(ready);
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let before = parts.insert(
            part,
            Answer {
                at: Instant::now(),
                problem: problem.map(str::to_owned),
                notice,
            },
        );
        let was_well = before.is_some_and(|answer| answer.problem.is_none());
        drop(parts);
        match (problem, was_well) {
            (Some(problem), true) => tracing::warn!(part, problem, "Part `{part}` is unwell"),
            (None, false) => tracing::info!(part, "Part `{part}` is well"),
            _ => {}
        }
    }
}

/// Asks the store until the stop signal.
pub async fn watch_store(health: Arc<Health>, store: Arc<dyn Store>, stop: Stop) {
    every_interval(stop, || async {
        let answer = store.health().await;
        let problem = answer.err().map(|error| error.to_string());
        health.note("opslag", problem.as_deref(), None);
    })
    .await;
}

/// Asks the broker until the stop signal.
pub async fn watch_broker(health: Arc<Health>, broker: Arc<dyn Broker>, stop: Stop) {
    every_interval(stop, || async {
        let answer = broker.health().await;
        let problem = answer.err().map(|error| error.to_string());
        let refused = broker.refused();
        let count = u32::try_from(refused.len()).unwrap_or(u32::MAX);
        metrics::gauge!("schakel_broker_queues_refused").set(f64::from(count));
        health.note("broker", problem.as_deref(), refused_queues(&refused));
    })
    .await;
}

/// Keeps the figures of the outbox until the stop signal.
pub async fn watch_outbox(
    health: Arc<Health>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    stop: Stop,
) {
    every_interval(stop, || async {
        let now = clock.now();
        let problem = match store.figures(now).await {
            Ok(figures) => {
                note_figures(&figures, now);
                outbox_problem(&figures, now, health.oldest_due_limit)
            }
            Err(error) => Some(error.to_string()),
        };
        health.note("uitbak", problem.as_deref(), None);
        crate::telemetry::upkeep();
    })
    .await;
}

fn note_figures(figures: &Figures, now: Timestamp) {
    let parked = (DeliveryState::Parked, figures.parked);
    for (state, count) in figures.open.iter().chain(std::iter::once(&parked)) {
        let count = u32::try_from(*count).unwrap_or(u32::MAX);
        metrics::gauge!("schakel_deliveries_open", "state" => state.as_str()).set(f64::from(count));
    }
    let seconds = |since| age(since, now).as_secs_f64();
    metrics::gauge!("schakel_deliveries_oldest_age_seconds").set(seconds(figures.oldest_due));
    metrics::gauge!("schakel_outbox_oldest_age_seconds").set(seconds(figures.oldest_unpublished));
}

/// Whether this gateway falls behind with what it has to publish itself.
fn outbox_problem(figures: &Figures, now: Timestamp, limit: Duration) -> Option<String> {
    let age = age(figures.oldest_unpublished, now);
    (age > limit).then(|| format!("het oudste bericht wacht al {} seconden", age.as_secs()))
}

fn age(since: Option<Timestamp>, now: Timestamp) -> Duration {
    let age = since.map(|since| now.duration_since(since));
    age.and_then(|age| Duration::try_from(age).ok())
        .unwrap_or_default()
}

/// One refused queue does not make the gateway unfit: the others are served.
fn refused_queues(refused: &[(OrgCode, String)]) -> Option<String> {
    let (first, why) = refused.first()?;
    let count = refused.len();
    Some(format!(
        "de broker weigert {count} wachtrij(en), waaronder die van `{first}`: {why}"
    ))
}

async fn every_interval<F: Future<Output = ()>>(mut stop: Stop, check: impl Fn() -> F) {
    loop {
        check().await;
        if !stop.pause(INTERVAL).await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outbox_is_unwell_by_what_is_not_published_and_not_by_what_an_endpoint_leaves_waiting() {
        let at = |seconds| Timestamp::from_second(seconds).expect("a moment");
        let limit = Duration::from_mins(5);
        let told = |oldest_due, oldest_unpublished| {
            let figures = Figures {
                oldest_due,
                oldest_unpublished,
                ..Figures::default()
            };
            outbox_problem(&figures, at(1_000), limit)
        };
        assert_eq!(told(None, None), None);
        assert_eq!(told(Some(at(0)), None), None, "a slow webhook");
        assert_eq!(told(Some(at(0)), Some(at(700))), None, "just in time");
        let late = told(Some(at(0)), Some(at(699))).expect("too late");
        assert!(late.contains("301"), "{late}");
    }

    #[test]
    fn a_part_is_unwell_until_it_answers_and_again_when_its_answer_is_old() {
        let health = Health::new(Duration::from_mins(1));
        assert!(!health.is_ready());
        for part in ["broker", "opslag", "uitbak"] {
            health.note(part, None, None);
        }
        assert!(health.is_ready());
        let refused = [(OrgCode::parse("uwv").expect("a code"), "why".to_owned())];
        health.note("broker", None, refused_queues(&refused));
        assert!(health.is_ready(), "one refused queue is told, no more");
        let told = health.parts().into_iter().filter_map(|part| part.notice);
        assert!(told.collect::<String>().contains("`uwv`: why"));
        health.note("broker", Some("the broker is away"), None);
        let unwell = |now| {
            let parts = health.parts_at(now).into_iter();
            parts
                .filter(|part| part.problem.is_some())
                .map(|part| part.part)
                .collect::<Vec<_>>()
        };
        assert_eq!(unwell(Instant::now()), ["broker"]);
        let later = Instant::now() + STALE_AFTER + INTERVAL;
        assert_eq!(unwell(later), ["broker", "opslag", "uitbak"]);
    }
}
