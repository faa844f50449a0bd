//! Receiving from the queues of a set of organisations over one channel.

use crate::broker::Arrival;
use crate::broker::BrokerError;
use crate::broker::Parcel;
use crate::broker::Subscription;
use crate::broker::Tag;
use crate::broker::rabbitmq::NAME;
use crate::broker::rabbitmq::Shared;
use crate::broker::rabbitmq::backoff;
use crate::broker::rabbitmq::ledger::Ledger;
use crate::broker::rabbitmq::link::Live;
use crate::broker::rabbitmq::message;
use crate::broker::rabbitmq::unavailable;
use crate::broker::rabbitmq::within;
use crate::broker::telemetry;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream;
use futures_util::stream::BoxStream;
use futures_util::stream::SelectAll;
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use lapin::options::BasicConsumeOptions;
use lapin::options::BasicNackOptions;
use lapin::options::BasicQosOptions;
use lapin::types::FieldTable;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::timeout_at;

/// How long a call on a closed broker takes, so that a loop that has not seen its stop signal yet does not spin.
const CLOSED_PAUSE: Duration = Duration::from_millis(50);

/// A session that lived this long was a good one: the back-off starts anew after it.
const SETTLED: Duration = Duration::from_secs(10);

/// What the consumers give: a delivery from the queue of the organisation at this place, or an end.
type Given = (usize, Option<lapin::Result<Delivery>>);

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

/// One channel and its consumers.
struct Session {
    live: Arc<Live>,
    channel: Channel,
    since: Instant,
    epoch: u64,
    given: SelectAll<BoxStream<'static, Given>>,
    ledger: Ledger,
    /// Tags of messages that are no parcels, still to be dead-lettered.
    poison: Vec<u64>,
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

impl Session {
    async fn open(
        shared: &Shared,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Self, BrokerError> {
        let patience = shared.patience;
        let live = shared.receiving.live(Instant::now() + patience).await?;
        let opened = Self::consume(shared, &live, organisations, prefetch).await;
        let (channel, given) = opened.inspect_err(|error| {
            if let BrokerError::Unavailable(why) = error {
                live.fail(why);
            }
        })?;
        Ok(Self {
            live,
            channel,
            since: Instant::now(),
            epoch: shared.epoch.fetch_add(1, Ordering::Relaxed) + 1,
            given,
            ledger: Ledger::default(),
            poison: Vec::new(),
        })
    }

    /// The same, after a loss: the broker may have lost the queues too.
    async fn reopen(
        shared: &Shared,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Self, BrokerError> {
        let live = shared
            .receiving
            .live(Instant::now() + shared.patience)
            .await?;
        let declared = shared
            .topology
            .declare(&live, organisations, shared.patience)
            .await;
        if let Err(BrokerError::Unavailable(why)) = &declared {
            live.fail(why);
            return Err(BrokerError::Unavailable(why.clone()));
        }
        Self::open(shared, organisations, prefetch).await
    }

    async fn consume(
        shared: &Shared,
        live: &Live,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<(Channel, SelectAll<BoxStream<'static, Given>>), BrokerError> {
        let patience = shared.patience;
        let channel = within(
            patience,
            "opening a channel",
            live.connection.create_channel(),
        )
        .await?;
        // Quorum queues bound the unacknowledged per consumer only; over all queues the ledger does.
        let qos = channel.basic_qos(prefetch, BasicQosOptions::default());
        within(patience, "setting the prefetch", qos).await?;
        let mut given = SelectAll::new();
        for (place, organisation) in organisations.iter().enumerate() {
            let consuming = channel.basic_consume(
                shared.topology.queue(organisation),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            );
            let consumer = match tokio::time::timeout(patience, consuming).await {
                Ok(Err(error)) if error.is_amqp_soft_error() => {
                    let why = format!("the queue of `{organisation}`: {error}");
                    return Err(BrokerError::Refused(why));
                }
                Ok(consumer) => consumer.map_err(|error| unavailable(&error))?,
                Err(_) => {
                    let why = "no answer in time to subscribing".to_owned();
                    return Err(BrokerError::Unavailable(why));
                }
            };
            let deliveries = consumer.map(Some).chain(stream::once(async { None }));
            given.push(deliveries.map(move |given| (place, given)).boxed());
        }
        Ok((channel, given))
    }

    /// Takes in one delivery: an arrival, or nothing if it is no parcel. An end is an error.
    fn take_in(
        &mut self,
        organisations: &[OrgCode],
        (place, delivery): Given,
    ) -> Result<Option<Arrival>, String> {
        let delivery = match delivery {
            Some(Ok(delivery)) => delivery,
            Some(Err(error)) => return Err(error.to_string()),
            None => return Err("the broker cancelled the subscription".to_owned()),
        };
        let number = delivery.delivery_tag;
        self.ledger.give(number);
        let parcel: Option<Parcel> = organisations
            .get(place)
            .and_then(|recipient| message::parse(recipient, &delivery.data, &delivery.properties));
        let Some(parcel) = parcel else {
            self.poison.push(number);
            return Ok(None);
        };
        let tag = Tag {
            epoch: self.epoch,
            number,
        };
        Ok(Some(Arrival { parcel, tag }))
    }

    /// Sends what is no parcel to the dead-letter queue.
    async fn bury(&mut self, patience: Duration) -> Result<(), BrokerError> {
        while let Some(number) = self.poison.last().copied() {
            let nack = BasicNackOptions {
                multiple: false,
                requeue: false,
            };
            within(
                patience,
                "rejecting a message",
                self.channel.basic_nack(number, nack),
            )
            .await?;
            self.poison.pop();
            let tags = self.ledger.take([number]);
            self.ledger.settle(&tags);
            telemetry::dead_lettered(NAME, "not_a_parcel", 1);
            tracing::error!(
                broker = NAME,
                "A message that is no parcel went to the dead-letter queue"
            );
        }
        Ok(())
    }

    /// Acknowledges numbers that were taken from the ledger.
    async fn acknowledge(
        &mut self,
        numbers: &[u64],
        patience: Duration,
    ) -> Result<(), BrokerError> {
        let frames = self.ledger.settle(numbers);
        let multiple = frames.up_to.map(|tag| (tag, true));
        let single = frames.single.into_iter().map(|tag| (tag, false));
        for (tag, multiple) in multiple.into_iter().chain(single) {
            let ack = self.channel.basic_ack(tag, BasicAckOptions { multiple });
            within(patience, "acknowledging", ack).await?;
        }
        Ok(())
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
        session.ledger.settle(&numbers);
        let nack = BasicNackOptions {
            multiple: false,
            requeue: true,
        };
        for number in numbers {
            let sent = within(
                patience,
                "giving back",
                session.channel.basic_nack(number, nack),
            )
            .await;
            if let Err(error) = sent {
                session.live.fail("nothing can be given back");
                self.session = None;
                return Err(error);
            }
        }
        Ok(())
    }
}
