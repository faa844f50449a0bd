//! Receiving from the queues of a set of organisations over one channel.

use crate::broker::Arrival;
use crate::broker::BrokerError;
use crate::broker::Subscription;
use crate::broker::Tag;
use crate::broker::rabbitmq::NAME;
use crate::broker::rabbitmq::Shared;
use crate::broker::rabbitmq::backoff;
use crate::broker::rabbitmq::session::Session;
use crate::broker::telemetry;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::timeout_at;

/// How long a call on a closed broker takes, so that a loop that has not seen its stop signal yet does not spin.
const CLOSED_PAUSE: Duration = Duration::from_millis(50);

/// A session that lived this long was a good one: the back-off starts anew after it.
const SETTLED: Duration = Duration::from_secs(10);

/// A subscription that opens its channel again whenever it is lost.
pub(super) struct RabbitSubscription {
    shared: Arc<Shared>,
    organisations: Arc<[OrgCode]>,
    prefetch: u16,
    session: Option<Session>,
    /// The session that is being opened: kept here, so that an impatient caller does not start it over each time.
    opening: Option<BoxFuture<'static, Result<Session, BrokerError>>>,
    attempt: u32,
}

impl RabbitSubscription {
    /// Opens the first session. An organisation without a queue is refused.
    pub(super) async fn open(
        shared: Arc<Shared>,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Self, BrokerError> {
        let organisations: Arc<[OrgCode]> = organisations.into();
        let prefetch = prefetch.max(1); // 0 would mean without a bound
        let session = Session::open(&shared, &organisations, prefetch).await?;
        Ok(Self {
            shared,
            organisations,
            prefetch,
            session: Some(session),
            opening: None,
            attempt: 0,
        })
    }

    /// Opens the session again, if it is lost, until the deadline.
    async fn reopen(&mut self, deadline: Instant) -> bool {
        if self.session.is_some() {
            return true;
        }
        let (shared, organisations, prefetch, attempt) = (
            &self.shared,
            &self.organisations,
            self.prefetch,
            self.attempt,
        );
        let opening = self.opening.get_or_insert_with(|| {
            let (shared, organisations) = (Arc::clone(shared), Arc::clone(organisations));
            Box::pin(async move {
                tokio::time::sleep(backoff::wait(attempt, backoff::chance())).await;
                Session::reopen(&shared, &organisations, prefetch).await
            })
        });
        let Ok(opened) = timeout_at(deadline, opening).await else {
            return false;
        };
        self.opening = None;
        self.attempt = self.attempt.saturating_add(1);
        match opened {
            Ok(session) => self.session = Some(session),
            Err(error) => {
                tracing::warn!(broker = NAME, why = %error, "A subscription could not be resumed");
            }
        }
        self.session.is_some()
    }

    /// The session if these tags are its own, and the numbers of those that are.
    fn own(&mut self, tags: &[Tag]) -> Option<(&mut Session, Vec<u64>)> {
        let session = self.session.as_mut()?;
        let epoch = session.epoch;
        let numbers = tags
            .iter()
            .filter(|tag| tag.epoch == epoch)
            .map(|tag| tag.number);
        let numbers = session.ledger.take(numbers);
        (!numbers.is_empty()).then_some((session, numbers))
    }
}

#[async_trait]
impl Subscription for RabbitSubscription {
    async fn next(&mut self, most: usize, patience: Duration) -> Vec<Arrival> {
        let deadline = Instant::now() + patience;
        loop {
            if self.shared.receiving.is_closed() {
                tokio::time::sleep(CLOSED_PAUSE.min(patience)).await;
                return Vec::new();
            }
            if !self.reopen(deadline).await {
                if Instant::now() >= deadline {
                    return Vec::new();
                }
                continue;
            }
            let Some(session) = self.session.as_mut() else {
                continue;
            };
            let mut lost = session
                .bury(self.shared.patience)
                .await
                .err()
                .map(|e| e.to_string());
            let room = usize::from(self.prefetch)
                .saturating_sub(session.ledger.given())
                .min(most);
            let mut arrivals = Vec::new();
            if lost.is_none() && (room == 0 || self.organisations.is_empty()) {
                tokio::time::sleep_until(deadline).await;
                return Vec::new();
            }
            if lost.is_none() {
                let Ok(first) = timeout_at(deadline, session.given.next()).await else {
                    return Vec::new();
                };
                // From here to the return nothing waits: a dropped call loses no arrival.
                let mut given = first;
                while let Some(delivery) = given {
                    match session.take_in(&self.organisations, delivery) {
                        Ok(arrival) => arrivals.extend(arrival),
                        Err(why) => {
                            lost = Some(why);
                            break;
                        }
                    }
                    if arrivals.len() >= room {
                        break;
                    }
                    given = session.given.next().now_or_never().flatten();
                }
            }
            if let Some(why) = lost {
                // What arrived on it would be acknowledged by nobody; it comes again.
                tracing::warn!(broker = NAME, why, "A subscription was lost and is resumed");
                if session.since.elapsed() >= SETTLED {
                    self.attempt = 0;
                }
                self.session = None;
                continue;
            }
            if !arrivals.is_empty() {
                self.attempt = 0;
                telemetry::received(NAME, arrivals.len());
                return arrivals;
            }
        }
    }

    async fn acknowledge(&mut self, tags: &[Tag]) -> Result<(), BrokerError> {
        let patience = self.shared.patience;
        let Some((session, numbers)) = self.own(tags) else {
            return Ok(());
        };
        let count = numbers.len();
        if let Err(error) = session.acknowledge(&numbers, patience).await {
            session.live.fail("no acknowledgement possible");
            self.session = None;
            return Err(error);
        }
        telemetry::acknowledged(NAME, count);
        Ok(())
    }

    async fn give_back(&mut self, tags: &[Tag]) -> Result<(), BrokerError> {
        let patience = self.shared.patience;
        let Some((session, numbers)) = self.own(tags) else {
            return Ok(());
        };
        telemetry::given_back(NAME, numbers.len());
        if let Err(error) = session.give_back(&numbers, patience).await {
            session.live.fail("nothing can be given back");
            self.session = None;
            return Err(error);
        }
        Ok(())
    }
}
