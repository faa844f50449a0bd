//! Which exchanges and queues there are.
//!
//! `schakel` (direct) routes to `schakel.<organisation>`, a durable quorum queue. What is given too often, or is not
//! a parcel, goes through `schakel._dood` (fanout) to the quorum queue of that name, for an operator to look at.

use crate::broker::BrokerError;
use crate::broker::rabbitmq::RabbitConfig;
use crate::broker::rabbitmq::link::Live;
use crate::broker::rabbitmq::unavailable;
use crate::broker::rabbitmq::within;
use crate::canonical::OrgCode;
use lapin::Channel;
use lapin::ExchangeKind;
use lapin::options::ExchangeDeclareOptions;
use lapin::options::QueueBindOptions;
use lapin::options::QueueDeclareOptions;
use lapin::types::AMQPValue;
use lapin::types::FieldTable;
use lapin::types::LongString;
use lapin::types::ShortString;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::timeout;

/// The last part of the name of the dead-letter exchange and queue. No organisation's code has an underscore.
const DEAD: &str = "_dood";

/// The names and the definitions of exchanges and queues, and which organisations have one.
pub(super) struct Topology {
    prefix: String,
    delivery_limit: i64,
    max_length: i64,
    /// The organisations that have a queue, and what is known of it.
    wanted: Mutex<BTreeMap<OrgCode, Known>>,
}

/// What is known of a queue.
#[derive(Default)]
struct Known {
    /// Whether it is there.
    there: bool,
    /// Why the broker refused its declaration: it is there with another definition, or may not be made.
    refused: Option<String>,
}

impl Topology {
    pub(super) fn new(config: &RabbitConfig) -> Self {
        Self {
            prefix: config.prefix.clone(),
            delivery_limit: config.delivery_limit.into(),
            max_length: config.max_length.into(),
            wanted: Mutex::default(),
        }
    }

    /// The exchange that parcels are published to.
    pub(super) fn exchange(&self) -> ShortString {
        self.prefix.as_str().into()
    }

    /// An organisation's queue. The prefix is checked and a code is short, so the name fits.
    pub(super) fn queue(&self, organisation: &OrgCode) -> ShortString {
        format!("{}.{organisation}", self.prefix).into()
    }

    fn dead(&self) -> ShortString {
        format!("{}.{DEAD}", self.prefix).into()
    }

    /// Remembers that these organisations have a queue, also if the broker is away now.
    pub(super) fn want(&self, organisations: &[OrgCode]) {
        let mut wanted = self.lock();
        for organisation in organisations {
            wanted.entry(organisation.clone()).or_default();
        }
    }

    /// The organisations whose queue was refused, and why.
    pub(super) fn refused(&self) -> Vec<(OrgCode, String)> {
        let wanted = self.lock();
        wanted
            .iter()
            .filter_map(|(organisation, known)| {
                Some((organisation.clone(), known.refused.clone()?))
            })
            .collect()
    }

    /// The organisations whose queue may not be there.
    pub(super) fn missing(&self) -> Vec<OrgCode> {
        let wanted = self.lock();
        wanted
            .iter()
            .filter(|(_, known)| !known.there)
            .map(|(o, _)| o.clone())
            .collect()
    }

    /// Notes whether the queue of an organisation is there. Whether it should be.
    pub(super) fn note(&self, organisation: &OrgCode, there: bool) -> bool {
        self.lock()
            .get_mut(organisation)
            .map(|known| known.there = there)
            .is_some()
    }

    /// Notes what the broker said to a declaration.
    fn note_declared(&self, organisation: &OrgCode, declared: &Result<(), BrokerError>) {
        if let Some(known) = self.lock().get_mut(organisation) {
            known.there = true; // also if refused: then there is one, but another
            known.refused = declared.as_ref().err().map(ToString::to_string);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<OrgCode, Known>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Declares the exchanges and the queues of these organisations. One that is refused, because it exists with
    /// another definition, does not keep the others from being declared; the first refusal is returned.
    pub(super) async fn declare(
        &self,
        live: &Live,
        organisations: &[OrgCode],
        patience: Duration,
    ) -> Result<(), BrokerError> {
        let open = || {
            within(
                patience,
                "opening a channel",
                live.connection.create_channel(),
            )
        };
        let mut channel = open().await?;
        let mut refused = None;
        let declared = timeout(patience, self.declare_shared(&channel)).await;
        if let Err(error) = answered(declared, "the exchanges") {
            if matches!(error, BrokerError::Unavailable(_)) {
                return Err(error);
            }
            refused = Some(error);
            channel = open().await?; // a refusal closes the channel
        }
        for organisation in organisations {
            let name = self.queue(organisation);
            let declared = timeout(patience, self.declare_queue(&channel, name.clone())).await;
            let declared = answered(declared, name.as_str());
            if matches!(declared, Err(BrokerError::Unavailable(_))) {
                return declared;
            }
            self.note_declared(organisation, &declared);
            if let Err(error) = declared {
                refused.get_or_insert(error);
                channel = open().await?;
            }
        }
        refused.map_or(Ok(()), Err)
    }

    async fn declare_shared(&self, channel: &Channel) -> lapin::Result<()> {
        let durable = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let exchanges = [
            (self.exchange(), ExchangeKind::Direct),
            (self.dead(), ExchangeKind::Fanout),
        ];
        for (name, kind) in exchanges {
            channel
                .exchange_declare(name, kind, durable, FieldTable::default())
                .await?;
        }
        // The oldest go first when this one is full: they hold ids only, and the store has the truth.
        let arguments = arguments(&[("x-max-length", AMQPValue::LongLongInt(self.max_length))]);
        declare(channel, self.dead(), arguments).await?;
        channel
            .queue_bind(
                self.dead(),
                self.dead(),
                "".into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
    }

    async fn declare_queue(&self, channel: &Channel, name: ShortString) -> lapin::Result<()> {
        let arguments = arguments(&[
            (
                "x-delivery-limit",
                AMQPValue::LongLongInt(self.delivery_limit),
            ),
            ("x-dead-letter-exchange", text(self.dead().as_str())),
            ("x-overflow", text("reject-publish")),
            ("x-max-length", AMQPValue::LongLongInt(self.max_length)),
        ]);
        declare(channel, name.clone(), arguments).await?;
        channel
            .queue_bind(
                name.clone(),
                self.exchange(),
                name,
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
    }
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

/// The arguments of a quorum queue.
fn arguments(named: &[(&str, AMQPValue)]) -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    for (name, value) in named {
        arguments.insert((*name).into(), value.clone());
    }
    arguments
}

async fn declare(channel: &Channel, name: ShortString, arguments: FieldTable) -> lapin::Result<()> {
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(name, durable, arguments)
        .await
        .map(drop)
}

/// What a declaration came to: the broker's own refusal, with what to do, or that it is away.
fn answered(
    declared: Result<lapin::Result<()>, tokio::time::error::Elapsed>,
    what: &str,
) -> Result<(), BrokerError> {
    match declared {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if error.is_amqp_soft_error() => Err(BrokerError::Refused(format!(
            "`{what}` exists with another definition, or may not be made: {error}. Set the limits as they were, or \
             delete it in RabbitMQ once it is empty"
        ))),
        Ok(Err(error)) => Err(unavailable(&error)),
        Err(_) => Err(BrokerError::Unavailable(format!(
            "no answer in time to declaring `{what}`"
        ))),
    }
}
