use crate::pipeline::Pipeline;
use crate::store::Recovered;
use crate::store::StoreError;
use jiff::SignedDuration;
use jiff::Timestamp;

impl Pipeline {
    /// Puts back what got stuck: deliveries that were published too long ago and never settled, pushes whose worker
    /// went away, leases that lapsed.
    pub async fn recover_once(&self) -> Result<Recovered, StoreError> {
        let wait = SignedDuration::from_secs(self.parts.config.republish_after_seconds.into());
        let now = self.parts.clock.now();
        self.recover_before(now.checked_sub(wait).unwrap_or(Timestamp::MIN))
            .await
    }

    /// At start-up everything that was published and not settled is published again, whenever that was: the
    /// in-process broker forgot it, and a second copy is dropped. A clock that was set back, or that has not moved
    /// since, must not leave any of it behind.
    pub async fn recover_all(&self) -> Result<Recovered, StoreError> {
        self.recover_before(Timestamp::MAX).await
    }

    async fn recover_before(&self, published_before: Timestamp) -> Result<Recovered, StoreError> {
        let now = self.parts.clock.now();
        let recovered = self
            .parts
            .store
            .recover(now, published_before, self.parts.config.leases_max)
            .await?;
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
