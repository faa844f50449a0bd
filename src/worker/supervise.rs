use crate::worker::Stop;
use crate::worker::StopSignal;
use std::future::Future;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The first wait before a loop that failed is started again; doubled each time it fails soon.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
/// The longest wait.
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// A loop that ran this long before it failed starts with the first wait again.
const HEALTHY_AFTER: Duration = Duration::from_mins(1);

/// The loops that run.
#[derive(Debug, Default)]
pub struct Workers {
    signal: StopSignal,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
}

impl Workers {
    /// Runs a loop until the stop signal: `work` is called to start it, and again whenever it ends before that.
    pub fn supervise<W, F>(&mut self, name: &'static str, work: W)
    where
        W: Fn(Stop) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let mut stop = self.signal.view();
        let task = tokio::spawn(async move {
            let mut wait = BACKOFF_FIRST;
            while !stop.is_set() {
                let started = Instant::now();
                // Ends with its supervisor: what is cut off does not go on unseen.
                let mut running = JoinSet::new();
                running.spawn(work(stop.clone()));
                let ended = running.join_next().await.unwrap_or(Ok(()));
                if stop.is_set() {
                    return;
                }
                if started.elapsed() >= HEALTHY_AFTER {
                    wait = BACKOFF_FIRST;
                }
                let panicked = ended.is_err();
                tracing::error!(
                    worker = name,
                    panicked,
                    "Worker `{name}` ended and starts again"
                );
                metrics::counter!("schakel_worker_restarts_total", "worker" => name).increment(1);
                stop.pause(wait).await;
                wait = (wait * 2).min(BACKOFF_MAX);
            }
        });
        self.tasks.push((name, task));
    }

    /// A view of the stop signal, for what is not a loop.
    #[must_use]
    pub fn stop_view(&self) -> Stop {
        self.signal.view()
    }

    /// Tells every loop to stop, without waiting.
    pub fn signal(&self) {
        self.signal.set();
    }

    /// Stops every loop and waits for them, at most until a moment. `true` when all ended by themselves; a loop
    /// that did not is cut off, and what it was doing is done again after the next start.
    pub async fn stop(self, until: Instant) -> bool {
        self.signal();
        let mut all_ended = true;
        for (name, mut task) in self.tasks {
            if tokio::time::timeout_at(until, &mut task).await.is_err() {
                tracing::warn!(worker = name, "Worker `{name}` did not stop in time");
                task.abort();
                all_ended = false;
            }
        }
        all_ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;
    use std::sync::atomic::Ordering;

    #[tokio::test]
    async fn a_loop_that_panics_is_started_again_and_stops_when_told() {
        let runs = Arc::new(AtomicU32::new(0));
        let mut workers = Workers::default();
        let counted = Arc::clone(&runs);
        workers.supervise("test", move |mut stop| {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(run > 1, "the first two runs fail");
                stop.wait().await;
            }
        });
        while runs.load(Ordering::SeqCst) < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(workers.stop(Instant::now() + Duration::from_secs(5)).await);
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_loop_that_does_not_listen_is_cut_off_in_time() {
        let mut workers = Workers::default();
        workers.supervise("deaf", |_| std::future::pending());
        tokio::task::yield_now().await;
        let until = Instant::now() + Duration::from_millis(50);
        assert!(!workers.stop(until).await);
    }
}
