use crate::canonical::Clock;
use crate::canonical::SystemClock;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::store::AuditRow;
use clap::Args;
use std::path::Path;
use uuid::Uuid;

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// Deliveries that are parked, refused or withheld; the gateway offers them again
    #[arg(required = true, value_name = "ID")]
    ids: Vec<Uuid>,
}

/// Puts deliveries back in the outbox; running gateways pick them up.
pub(super) fn run(replay: &Replay, file: Option<&Path>, output: &Output) -> Exit {
    output.with_store(file, async |store, _| {
        let now = SystemClock.now();
        let audit = AuditRow {
            at: now,
            action: "aflevering.herhaald".to_owned(),
            object: "aflevering".to_owned(), // the store adds the id of each
            result: "gelukt".to_owned(),
            origin: "cli".to_owned(),
            actor: "beheer".to_owned(),
        };
        match store.replay(&replay.ids, None, now, &audit).await {
            Ok(done) => {
                for id in &done {
                    output.answer(&id.to_string());
                }
                let (done, left) = (done.len(), replay.ids.len() - done.len());
                output.say(
                    &format!("{done} opnieuw aangeboden, {left} niet (onbekend, of niet geparkeerd, geweigerd of ingehouden)."),
                    &format!("{done} offered again, {left} not (unknown, or not parked, refused or withheld)."),
                );
                match (done, left) {
                    (_, 0) => Exit::Done,
                    (0, _) => Exit::Failed,
                    _ => Exit::Partly,
                }
            }
            Err(error) => output.failed(&error),
        }
    })
}
