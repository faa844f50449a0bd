//! Publishing in windows of confirms.
//!
//! lapin hands a returned message (`basic.return`, no queue) to whichever confirm it reads next (4.12.3,
//! `acknowledgement.rs`). `RabbitMQ` 3.10 was not seen to send them in an order that goes wrong, but nothing promises
//! it, and the wrong order would count a lost message as kept. So a return is matched by the id of its message, and only
//! when every confirm of a window is there. A window that does not complete is unconfirmed as a whole, and its channel
//! is not used again.

use crate::broker::BrokerError;
use crate::broker::Parcel;
use crate::broker::rabbitmq::Shared;
use crate::broker::rabbitmq::link::Live;
use crate::broker::rabbitmq::message;
use crate::broker::rabbitmq::unavailable;
use crate::broker::rabbitmq::within;
use futures_util::FutureExt;
use futures_util::future::Either;
use lapin::Channel;
use lapin::Confirmation;
use lapin::options::BasicPublishOptions;
use lapin::options::ConfirmSelectOptions;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio::time::timeout_at;

/// Most messages that wait for their confirm at a time.
const WINDOW: usize = 256;

/// The one that publishes; one window at a time.
pub(super) struct Publisher {
    shared: Arc<Shared>,
    channel: Mutex<Option<Confirming>>,
}

/// A channel in confirm mode and the connection it is on.
struct Confirming {
    live: Arc<Live>,
    channel: Channel,
}

/// The broker blocks publishers: it is short of memory or disk.
pub(super) fn blocked() -> BrokerError {
    BrokerError::Unavailable("the broker blocks publishers (memory or disk alarm)".to_owned())
}

/// The broker did not confirm in time.
fn late() -> BrokerError {
    BrokerError::Unavailable("no confirm in time".to_owned())
}

impl Publisher {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            channel: Mutex::new(None),
        }
    }

    /// Publishes all, in windows. After a window that failed as a whole the rest is not tried.
    pub(super) async fn publish(&self, parcels: &[Parcel]) -> Vec<Result<(), BrokerError>> {
        let mut outcomes = Vec::with_capacity(parcels.len());
        for window in parcels.chunks(WINDOW) {
            match self.window(window).await {
                Ok(confirmed) => outcomes.extend(confirmed),
                Err(error) => {
                    outcomes.resize(parcels.len(), Err(error));
                    break;
                }
            }
        }
        outcomes
    }

    async fn window(
        &self,
        parcels: &[Parcel],
    ) -> Result<Vec<Result<(), BrokerError>>, BrokerError> {
        let topology = &self.shared.topology;
        let deadline = Instant::now() + self.shared.patience;
        let mut kept = timeout_at(deadline, self.channel.lock())
            .await
            .map_err(|_| late())?;
        // Taken out, not borrowed: a window that is dropped half-way drops its channel with it.
        let confirming = match kept.take() {
            Some(confirming) if confirming.channel.status().connected() => confirming,
            _ => self.open(deadline).await?,
        };
        if confirming.live.connection.status().blocked() {
            *kept = Some(confirming);
            return Err(blocked());
        }
        match timeout_at(deadline, self.confirmed(&confirming.channel, parcels)).await {
            Ok(Ok(outcomes)) => {
                // A queue that should be there is gone: opening a channel declares it again.
                let refused = parcels
                    .iter()
                    .zip(&outcomes)
                    .filter(|(_, outcome)| outcome.is_err());
                let gone = refused
                    .filter(|(parcel, _)| topology.note(&parcel.recipient, false))
                    .count();
                if gone == 0 {
                    *kept = Some(confirming);
                }
                Ok(outcomes)
            }
            Ok(Err(error)) => Err(unavailable(&error)),
            Err(_) if confirming.live.connection.status().blocked() => Err(blocked()),
            Err(_) => {
                confirming.live.fail("no confirm in time");
                Err(late())
            }
        }
    }

    /// Opens a channel in confirm mode, after declaring what may be missing.
    async fn open(&self, deadline: Instant) -> Result<Confirming, BrokerError> {
        let live = self.shared.publishing.live(deadline).await?;
        if live.connection.status().blocked() {
            return Err(blocked());
        }
        let prepared = timeout_at(deadline, self.prepare(&live)).await;
        match prepared.unwrap_or_else(|_| Err(late())) {
            Ok(channel) => Ok(Confirming { live, channel }),
            Err(error) => {
                if !live.connection.status().blocked() {
                    live.fail("no channel to publish on");
                }
                Err(error)
            }
        }
    }

    async fn prepare(&self, live: &Live) -> Result<Channel, BrokerError> {
        let patience = self.shared.patience;
        let topology = &self.shared.topology;
        match topology.declare(live, &topology.missing(), patience).await {
            Err(BrokerError::Refused(why)) => {
                tracing::warn!(broker = super::NAME, why, "A queue could not be declared");
            }
            other => other?,
        }
        let opening = live.connection.create_channel();
        let channel = within(patience, "opening a channel", opening).await?;
        let confirms = channel.confirm_select(ConfirmSelectOptions::default());
        within(patience, "asking for confirms", confirms).await?;
        Ok(channel)
    }

    /// Publishes a window and waits for every confirm.
    async fn confirmed(
        &self,
        channel: &Channel,
        parcels: &[Parcel],
    ) -> lapin::Result<Vec<Result<(), BrokerError>>> {
        let topology = &self.shared.topology;
        let mandatory = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let bodies: Vec<Vec<u8>> = parcels.iter().map(message::body).collect();
        let mut confirms = Vec::with_capacity(parcels.len());
        let mut sending = Vec::with_capacity(parcels.len());
        for (parcel, body) in parcels.iter().zip(&bodies) {
            let mut publish = Box::pin(channel.basic_publish(
                topology.exchange(),
                topology.queue(&parcel.recipient),
                mandatory,
                body,
                message::properties(parcel),
            ));
            // The first poll puts the message in line: the order is that of the parcels.
            match publish.as_mut().now_or_never() {
                Some(sent) => sending.push(Either::Left(sent?)),
                None => sending.push(Either::Right(publish)),
            }
        }
        for sent in sending {
            confirms.push(match sent {
                Either::Left(confirm) => confirm,
                Either::Right(publish) => publish.await?,
            });
        }
        let mut kept = Vec::with_capacity(parcels.len());
        let mut returned = HashSet::new();
        for confirm in confirms {
            let confirmation = confirm.await?;
            kept.push(matches!(confirmation, Confirmation::Ack(_)));
            if let Some(message) = confirmation.take_message() {
                returned.extend(
                    message
                        .properties
                        .message_id()
                        .as_ref()
                        .map(ToString::to_string),
                );
            }
        }
        Ok(parcels
            .iter()
            .zip(kept)
            .map(|(parcel, kept)| outcome(parcel, kept, &returned))
            .collect())
    }
}

/// What a complete window says of one parcel.
fn outcome(parcel: &Parcel, kept: bool, returned: &HashSet<String>) -> Result<(), BrokerError> {
    if returned.contains(&parcel.id().to_string()) {
        let why = format!("there is no queue for `{}`", parcel.recipient);
        return Err(BrokerError::Refused(why));
    }
    if !kept {
        let why = "the queue is full, or the broker could not keep it";
        return Err(BrokerError::Refused(why.to_owned()));
    }
    Ok(())
}
