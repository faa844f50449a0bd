//! One channel that receives, with its consumers: from its opening to its loss.

use crate::broker::Arrival;
use crate::broker::BrokerError;
use crate::broker::Parcel;
use crate::broker::Tag;
use crate::broker::rabbitmq::NAME;
use crate::broker::rabbitmq::Shared;
use crate::broker::rabbitmq::ledger::Ledger;
use crate::broker::rabbitmq::link::Live;
use crate::broker::rabbitmq::message;
use crate::broker::rabbitmq::unavailable;
use crate::broker::rabbitmq::within;
use crate::broker::telemetry;
use crate::canonical::OrgCode;
use futures_util::StreamExt;
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
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// What the consumers give: a delivery from the queue of the organisation at this place, or an end.
type Given = (usize, Option<lapin::Result<Delivery>>);

/// One channel and its consumers.
pub(super) struct Session {
    pub(super) live: Arc<Live>,
    pub(super) channel: Channel,
    pub(super) since: Instant,
    pub(super) epoch: u64,
    pub(super) given: SelectAll<BoxStream<'static, Given>>,
    pub(super) ledger: Ledger,
    /// Tags of messages that are no parcels, still to be dead-lettered.
    poison: Vec<u64>,
}

impl Session {
    pub(super) async fn open(
        shared: &Shared,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Self, BrokerError> {
        Self::begin(shared, organisations, prefetch, &BTreeSet::new()).await
    }

    /// Opens a session that leaves out some organisations.
    async fn begin(
        shared: &Shared,
        organisations: &[OrgCode],
        prefetch: u16,
        without: &BTreeSet<OrgCode>,
    ) -> Result<Self, BrokerError> {
        let patience = shared.patience;
        let live = shared.receiving.live(Instant::now() + patience).await?;
        let opened = Self::consume(shared, &live, organisations, prefetch, without).await;
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

    /// The same, after a loss: the broker may have lost the queues too. One that it refuses to make again does not
    /// keep the others from going on.
    pub(super) async fn reopen(
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
        match Self::open(shared, organisations, prefetch).await {
            Err(BrokerError::Refused(why)) => {
                tracing::warn!(broker = NAME, why, "A subscription goes on without a queue");
                let refused = shared.topology.refused().into_iter();
                let without = refused.map(|(organisation, _)| organisation).collect();
                Self::begin(shared, organisations, prefetch, &without).await
            }
            opened => opened,
        }
    }

    async fn consume(
        shared: &Shared,
        live: &Live,
        organisations: &[OrgCode],
        prefetch: u16,
        without: &BTreeSet<OrgCode>,
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
        let wanted = organisations.iter().enumerate();
        for (place, organisation) in wanted.filter(|(_, o)| !without.contains(*o)) {
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
    pub(super) fn take_in(
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
    pub(super) async fn bury(&mut self, patience: Duration) -> Result<(), BrokerError> {
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
    pub(super) async fn acknowledge(
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

    /// Gives numbers that were taken from the ledger back to their queues.
    pub(super) async fn give_back(
        &mut self,
        numbers: &[u64],
        patience: Duration,
    ) -> Result<(), BrokerError> {
        self.ledger.settle(numbers);
        for number in numbers {
            let options = BasicNackOptions {
                multiple: false,
                requeue: true,
            };
            let nack = self.channel.basic_nack(*number, options);
            within(patience, "giving back", nack).await?;
        }
        Ok(())
    }
}
