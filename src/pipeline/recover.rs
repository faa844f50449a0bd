use crate::pipeline::Pipeline;
use crate::store::Recovered;
use crate::store::Recovery;
use crate::store::StoreError;
use jiff::SignedDuration;
use jiff::Timestamp;

/// A delivery is published again after at most this many times the first wait.
const REPUBLISH_LATEST: i32 = 16;

impl Pipeline {
    /// Puts back what got stuck: deliveries that were published too long ago and never settled (the oldest first, a
    /// bounded number, and each copy later than the one before), pushes whose worker went away, leases that lapsed.
    pub async fn recover_once(&self) -> Result<Recovered, StoreError> {
        let wait = SignedDuration::from_secs(self.parts.config.republish_after_seconds.into());
        let now = self.parts.clock.now();
        let before = |wait| now.checked_sub(wait).unwrap_or(Timestamp::MIN);
        let longest = before(wait.saturating_mul(REPUBLISH_LATEST));
        self.recover_before(before(wait), longest).await
    }

    /// At start-up, with a broker that forgot it, everything that was published and not settled is published again,
    /// whenever that was: a clock that was set back, or that has not moved since, must not leave any of it behind.
    /// With a broker that remembers only what waits too long is, or a restart would double every queue.
    pub async fn recover_all(&self) -> Result<Recovered, StoreError> {
        if self.parts.broker.remembers() {
            return self.recover_once().await;
        }
        let mut all = Recovered::default();
        loop {
            let some = self.recover_before(Timestamp::MAX, Timestamp::MAX).await?;
            all.republished += some.republished;
            all.unclaimed += some.unclaimed;
            all.lapsed += some.lapsed;
            all.parked += some.parked;
            if some.republished < self.parts.config.republish_max.max(1).into() {
                return Ok(all);
            }
        }
    }

    async fn recover_before(
        &self,
        published_before: Timestamp,
        published_long_before: Timestamp,
    ) -> Result<Recovered, StoreError> {
        let stuck = Recovery {
            published_before,
            published_long_before,
            republish_max: self.parts.config.republish_max.max(1),
            leases_max: self.parts.config.leases_max,
        };
        let now = self.parts.clock.now();
        let recovered = self.parts.store.recover(now, &stuck).await?;
        if recovered != Recovered::default() {
            tracing::info!(
                republished = recovered.republished,
                unclaimed = recovered.unclaimed,
                lapsed = recovered.lapsed,
                parked = recovered.parked,
                "Put back what got stuck"
            );
            self.outbox_bell.notify_one();
        }
        Ok(recovered)
    }
}
