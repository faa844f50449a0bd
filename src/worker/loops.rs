use crate::broker::BrokerError;
use crate::broker::Subscription;
use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::pipeline::PushTurn;
use crate::worker::Stop;
use crate::worker::Workers;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long the relay waits when nobody rings: retries come due by themselves, and other gateways write too.
const RELAY_PATIENCE: Duration = Duration::from_millis(500);
/// The wait after a turn that failed, doubled up to [`TROUBLE_MAX`] while it goes on failing.
const TROUBLE_FIRST: Duration = Duration::from_millis(100);
/// The longest wait after a turn that failed: a store or broker that is back is noticed within this time.
const TROUBLE_MAX: Duration = Duration::from_secs(2);
/// How long a deliverer waits for parcels before it looks whether to stop or whether there is a new organisation.
const DELIVER_PATIENCE: Duration = Duration::from_millis(250);
/// Deliverers side by side: while one waits for the store, the others go on.
const DELIVERERS: [&str; 3] = ["deliver-1", "deliver-2", "deliver-3"];
/// Parcels a deliverer holds unacknowledged.
const PREFETCH: u16 = 256;
/// How often the broker is asked again for a queue that it refused.
const REFUSED_INTERVAL: Duration = Duration::from_mins(1);
/// How often stuck deliveries are put back.
const RECOVER_INTERVAL: Duration = Duration::from_secs(5);
/// How often the directory is read anew, for the changes of other gateways.
const REFRESH_INTERVAL: Duration = Duration::from_secs(10);

impl Workers {
    /// Starts every loop of the pipeline. Making deliveries and pushing them are apart, so that a webhook that hangs
    /// holds up no postvak.
    pub fn run_pipeline(&mut self, pipeline: &Arc<Pipeline>) {
        let shared = Arc::clone(pipeline);
        self.supervise("relay", move |stop| relay(Arc::clone(&shared), stop));
        for name in DELIVERERS {
            let shared = Arc::clone(pipeline);
            self.supervise(name, move |stop| deliver(Arc::clone(&shared), stop));
        }
        let shared = Arc::clone(pipeline);
        self.supervise("push", move |stop| push(Arc::clone(&shared), stop));
        let shared = Arc::clone(pipeline);
        self.supervise("recover", move |stop| recover(Arc::clone(&shared), stop));
        let shared = Arc::clone(pipeline);
        self.supervise("refresh", move |stop| refresh(Arc::clone(&shared), stop));
    }
}

/// The wait after trouble: longer while it goes on.
#[derive(Default)]
struct Trouble(Option<Duration>);

impl Trouble {
    fn over(&mut self) {
        self.0 = None;
    }

    /// Waits; `false` when it is time to stop.
    async fn wait(&mut self, stop: &mut Stop) -> bool {
        let wait = self
            .0
            .map_or(TROUBLE_FIRST, |wait| (wait * 2).min(TROUBLE_MAX));
        self.0 = Some(wait);
        stop.pause(wait).await
    }
}

/// Publishes what is due, again and again while there is more, and else waits to be rung.
async fn relay(pipeline: Arc<Pipeline>, mut stop: Stop) {
    let mut trouble = Trouble::default();
    while !stop.is_set() {
        // A turn is never cut off halfway: only the waiting is.
        match pipeline.relay_once().await {
            Ok(turn) if turn.failed == 0 => {
                trouble.over();
                if !turn.more {
                    tokio::select! {
                        () = pipeline.outbox_rung() => {}
                        () = tokio::time::sleep(RELAY_PATIENCE) => {}
                        () = stop.wait() => return,
                    }
                }
            }
            Ok(_) => {
                trouble.wait(&mut stop).await;
            }
            Err(error) => {
                tracing::warn!(%error, "The outbox could not be read");
                trouble.wait(&mut stop).await;
            }
        }
    }
}

/// What a deliverer receives from.
struct Receiving {
    organisations: Vec<OrgCode>,
    /// The queues that the broker refused when it was opened.
    refused: Vec<OrgCode>,
    /// When these were last asked for.
    asked: Instant,
    subscription: Box<dyn Subscription>,
}

impl Receiving {
    /// Receives from every queue the broker has. One that it refuses does not keep the others from being served.
    async fn open(pipeline: &Pipeline, organisations: Vec<OrgCode>) -> Result<Self, BrokerError> {
        let broker = pipeline.broker();
        match broker.ensure(&organisations).await {
            Err(BrokerError::Refused(why)) => {
                tracing::warn!(why, "A queue was refused; the others are served");
            }
            ensured => ensured?,
        }
        let refused = refused(pipeline);
        let subscription = match broker.subscribe(&organisations, PREFETCH).await {
            Err(BrokerError::Refused(_)) if !refused.is_empty() => {
                let mut served = organisations.clone();
                served.retain(|organisation| !refused.contains(organisation));
                broker.subscribe(&served, PREFETCH).await?
            }
            opened => opened?,
        };
        Ok(Self {
            organisations,
            refused,
            asked: Instant::now(),
            subscription,
        })
    }

    /// Whether it still serves all it can: the organisations are the same, and so is what the broker refuses.
    async fn fits(&mut self, pipeline: &Pipeline, organisations: &[OrgCode]) -> bool {
        if !self.refused.is_empty() && self.asked.elapsed() >= REFUSED_INTERVAL {
            self.asked = Instant::now();
            let _ = pipeline.broker().ensure(&self.refused).await; // what it came to, the broker tells
        }
        self.organisations == organisations && self.refused == refused(pipeline)
    }
}

fn refused(pipeline: &Pipeline) -> Vec<OrgCode> {
    let refused = pipeline.broker().refused().into_iter();
    refused.map(|(organisation, _)| organisation).collect()
}

/// Delivers what the broker gives, for every organisation there is.
async fn deliver(pipeline: Arc<Pipeline>, mut stop: Stop) {
    let mut trouble = Trouble::default();
    let mut receiving: Option<Receiving> = None;
    while !stop.is_set() {
        let organisations = pipeline
            .directory()
            .organisations()
            .map(|organisation| organisation.code.clone())
            .collect::<Vec<_>>();
        if organisations.is_empty() {
            stop.pause(DELIVER_PATIENCE).await;
            continue;
        }
        let fits = match receiving.as_mut() {
            Some(receiving) => receiving.fits(&pipeline, &organisations).await,
            None => false,
        };
        if !fits {
            receiving = None; // ends the old one first: what it held goes back to the broker
            match Receiving::open(&pipeline, organisations).await {
                Ok(opened) => receiving = Some(opened),
                Err(error) => {
                    tracing::warn!(%error, "No subscription to the broker");
                    trouble.wait(&mut stop).await;
                    continue;
                }
            }
        }
        if let Some(receiving) = receiving.as_mut() {
            match pipeline
                .deliver_once(receiving.subscription.as_mut(), DELIVER_PATIENCE)
                .await
            {
                Ok(_) => trouble.over(),
                Err(error) => {
                    tracing::warn!(%error, "Deliveries went back to the broker");
                    trouble.wait(&mut stop).await;
                }
            }
        }
    }
}

/// Pushes what waits for webhooks: organisations side by side, each one turn at a time. Turns that run when it is
/// time to stop are finished; what waits is in the store, and the application puts it back in the outbox.
async fn push(pipeline: Arc<Pipeline>, mut stop: Stop) {
    let mut turns = JoinSet::new();
    while !stop.is_set() {
        tokio::select! {
            turn = pipeline.next_push() => {
                turns.spawn(push_turn(Arc::clone(&pipeline), turn, stop.clone()));
            }
            _ = turns.join_next(), if !turns.is_empty() => {}
            () = stop.wait() => break,
        }
    }
    while turns.join_next().await.is_some() {}
}

async fn push_turn(pipeline: Arc<Pipeline>, mut turn: PushTurn, mut stop: Stop) {
    if let Err(error) = pipeline.push(&mut turn).await {
        tracing::warn!(%error, org = %turn.organisation(), "Pushes wait until the store is back");
        stop.pause(TROUBLE_MAX).await; // with the turn in hand: the organisation gets no other one meanwhile
    }
}

/// Puts back what got stuck, now and then.
async fn recover(pipeline: Arc<Pipeline>, mut stop: Stop) {
    while stop.pause(RECOVER_INTERVAL).await {
        if let Err(error) = pipeline.recover_once().await {
            tracing::warn!(%error, "What got stuck could not be put back");
        }
    }
}

/// Reads the directory anew, now and then.
async fn refresh(pipeline: Arc<Pipeline>, mut stop: Stop) {
    while stop.pause(REFRESH_INTERVAL).await {
        if let Err(error) = pipeline.refresh_directory().await {
            tracing::warn!(%error, "The directory could not be read");
        }
    }
}
