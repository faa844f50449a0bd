use tokio::sync::watch;

/// Tells every loop to stop.
#[derive(Debug)]
pub struct StopSignal(watch::Sender<bool>);

/// A loop's view of the signal.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Default for StopSignal {
    fn default() -> Self {
        Self(watch::channel(false).0)
    }
}

impl StopSignal {
    /// Sets the signal; it stays set.
    pub fn set(&self) {
        self.0.send_replace(true);
    }

    /// A view of the signal.
    #[must_use]
    pub fn view(&self) -> Stop {
        Stop(self.0.subscribe())
    }
}

impl Stop {
    /// Whether the signal is set, or whoever could set it is gone.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until the signal is set. Cancel-safe.
    pub async fn wait(&mut self) {
        // An error means that the sender is gone, which is as good as the signal.
        let _ = self.0.wait_for(|set| *set).await;
    }

    /// Waits for a duration, or until the signal is set; `false` when it was set.
    pub async fn pause(&mut self, duration: std::time::Duration) -> bool {
        tokio::select! {
            () = self.wait() => false,
            () = tokio::time::sleep(duration) => true,
        }
    }
}
