use crate::access;
use crate::access::By;
use crate::access::KEY_RANDOM_BYTES;
use crate::access::NewKey;
use crate::access::Scope;
use crate::access::Scopes;
use crate::app;
use crate::canonical::Clock;
use crate::canonical::OrgCode;
use crate::canonical::SystemClock;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::store::KeyRow;
use clap::Args;
use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use std::path::Path;
use uuid::Uuid;
use zeroize::Zeroizing;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make an API key; it is printed once and never again
    Create(CreateKey),
    /// List keys, one JSON object a line; never the keys themselves
    List {
        /// Only those of this organisation
        #[arg(long, value_name = "CODE")]
        org: Option<OrgCode>,
    },
    /// End a key now
    Revoke {
        /// The id that `keys list` shows
        id: Uuid,
    },
    /// Print a new master key (32 random bytes, base64) for sleutel.bestand; keep it as you keep the database
    Master,
}

#[derive(Debug, Args)]
pub(super) struct CreateKey {
    /// The organisation it acts for
    #[arg(long, value_name = "CODE")]
    org: OrgCode,
    /// What it is for, for example "zaaksysteem productie"
    #[arg(long)]
    name: String,
    /// What it may do; without it everything a connected system needs
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Scope>,
    /// The last day it works
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<Date>,
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::parse(name).ok_or_else(|| {
        let names = Scope::ALL.map(Scope::as_str).join(", ");
        format!("choose from: {names}")
    })
}

pub(super) fn run(command: &KeysCommand, file: Option<&Path>, output: &Output) -> Exit {
    if let KeysCommand::Master = command {
        return match app::new_master_key() {
            Ok(key) => {
                output.answer(&key);
                Exit::Done
            }
            Err(error) => output.failed(&error),
        };
    }
    output.with_store(file, async |store, _| match command {
        KeysCommand::Create(new) => create(new, &store, output).await,
        KeysCommand::List { org } => match access::list(&store, org.as_ref()).await {
            Ok(rows) => {
                for row in &rows {
                    output.answer(&shown(row).to_string());
                }
                Exit::Done
            }
            Err(error) => output.failed(&error),
        },
        KeysCommand::Revoke { id } => {
            match access::revoke(&store, *id, &by(), SystemClock.now()).await {
                Ok(true) => {
                    output.say("De sleutel is ingetrokken.", "The key is revoked.");
                    Exit::Done
                }
                Ok(false) => {
                    output.say(
                        "Er is geen sleutel met dit id.",
                        "There is no key with this id.",
                    );
                    Exit::Failed
                }
                Err(error) => output.failed(&error),
            }
        }
        KeysCommand::Master => Exit::Usage,
    })
}

async fn create(
    new: &CreateKey,
    store: &std::sync::Arc<dyn crate::store::Store>,
    output: &Output,
) -> Exit {
    let mut random = Zeroizing::new([0_u8; KEY_RANDOM_BYTES]);
    if getrandom::fill(&mut *random).is_err() {
        output.say(
            "Deze machine geeft geen willekeurige getallen.",
            "This machine gives no random numbers.",
        );
        return Exit::Failed;
    }
    let key = NewKey {
        org: new.org.clone(),
        name: new.name.clone(),
        scopes: if new.scopes.is_empty() {
            Scopes::SYSTEM.to_vec()
        } else {
            new.scopes.clone()
        },
        expires_at: new.until.and_then(end_of),
    };
    match access::create(store, key, &by(), SystemClock.now(), &random).await {
        Ok(created) => {
            output.say(
                &format!(
                    "Sleutel {} voor {}. Hij wordt alleen nu getoond:",
                    created.row.id, new.org
                ),
                &format!(
                    "Key {} for {}. It is shown only now:",
                    created.row.id, new.org
                ),
            );
            output.answer(created.key.reveal());
            Exit::Done
        }
        Err(error) => output.failed(&error),
    }
}

/// The end of a day in the Netherlands.
fn end_of(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?;
    let midnight = next.in_tz("Europe/Amsterdam").ok()?;
    Some(midnight.timestamp())
}

fn by() -> By {
    By {
        actor: "beheer".to_owned(),
        origin: "cli".to_owned(),
    }
}

fn shown(row: &KeyRow) -> serde_json::Value {
    json!({
        "id": row.id,
        "organisatie": row.org.as_str(),
        "naam": row.name,
        "rechten": row.scopes,
        "gemaaktOp": row.created_at.to_string(),
        "geldigTot": row.expires_at.map(|at| at.to_string()),
        "laatstGebruiktOp": row.last_used_at.map(|at| at.to_string()),
        "ingetrokkenOp": row.revoked_at.map(|at| at.to_string()),
    })
}
