use crate::broker::Subscription;
use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::worker::Stop;
use crate::worker::Workers;
use std::sync::Arc;
use std::time::Duration;

/// How long the relay waits when nobody rings: retries come due by themselves, and other gateways write too.
const RELAY_PATIENCE: Duration = Duration::from_millis(500);
/// The wait after a turn that failed, doubled up to [`TROUBLE_MAX`] while it goes on failing.
const TROUBLE_FIRST: Duration = Duration::from_millis(100);
/// The longest wait after a turn that failed: a store or broker that is back is noticed within this time.
const TROUBLE_MAX: Duration = Duration::from_secs(2);
/// How long a deliverer waits for parcels before it looks whether to stop or whether there is a new organisation.
const DELIVER_PATIENCE: Duration = Duration::from_millis(250);
/// Deliverers side by side: while one waits for a webhook, the others go on.
const DELIVERERS: [&str; 3] = ["deliver-1", "deliver-2", "deliver-3"];
/// Parcels a deliverer holds unacknowledged.
const PREFETCH: u16 = 256;
/// How often stuck deliveries are put back.
const RECOVER_INTERVAL: Duration = Duration::from_secs(5);
/// How often the directory is read anew, for the changes of other gateways.
const REFRESH_INTERVAL: Duration = Duration::from_secs(10);

impl Workers {
    /// Starts every loop of the pipeline.
    pub fn run_pipeline(&mut self, pipeline: &Arc<Pipeline>) {
        let shared = Arc::clone(pipeline);
        self.supervise("relay", move |stop| relay(Arc::clone(&shared), stop));
        for name in DELIVERERS {
            let shared = Arc::clone(pipeline);
            self.supervise(name, move |stop| deliver(Arc::clone(&shared), stop));
        }
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

/// Delivers what the broker gives, for every organisation there is.
async fn deliver(pipeline: Arc<Pipeline>, mut stop: Stop) {
    let mut trouble = Trouble::default();
    let mut subscribed: Option<(Vec<OrgCode>, Box<dyn Subscription>)> = None;
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
        let fits = subscribed
            .as_ref()
            .is_some_and(|(codes, _)| *codes == organisations);
        if !fits {
            subscribed = None; // ends the old one first: what it held goes back to the broker
            match subscribe(&pipeline, &organisations).await {
                Ok(subscription) => subscribed = Some((organisations, subscription)),
                Err(error) => {
                    tracing::warn!(%error, "No subscription to the broker");
                    trouble.wait(&mut stop).await;
                    continue;
                }
            }
        }
        if let Some((_, subscription)) = subscribed.as_mut() {
            match pipeline
                .deliver_once(subscription.as_mut(), DELIVER_PATIENCE)
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

async fn subscribe(
    pipeline: &Pipeline,
    organisations: &[OrgCode],
) -> Result<Box<dyn Subscription>, crate::broker::BrokerError> {
    let broker = pipeline.broker();
    broker.ensure(organisations).await?;
    broker.subscribe(organisations, PREFETCH).await
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
