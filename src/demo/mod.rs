//! Row 7. `schakel demo`: the whole road with sample organisations, through the public API.
//!
//! It starts the real gateway on 127.0.0.1 with embedded `SQLite` and the in-process broker in a fresh folder,
//! registers four made-up organisations with keys and agreements, and then acts as each of them over HTTP only. Every
//! step is held to what it promises.

/// The made-up organisations and agreements.
pub mod cast;
mod party;
mod screen;
mod story;
mod tally;

pub use party::StepError;

use crate::access;
use crate::access::By;
use crate::access::KEY_RANDOM_BYTES;
use crate::access::KeyStore;
use crate::access::NewKey;
use crate::access::Scope;
use crate::app::App;
use crate::app::AppError;
use crate::app::RunningApp;
use crate::canonical::Clock;
use crate::canonical::OrgCode;
use crate::canonical::SystemClock;
use crate::config::Config;
use crate::demo::cast::AANBIEDER_A;
use crate::demo::cast::AANBIEDER_B;
use crate::demo::cast::GEMEENTE;
use crate::demo::cast::UWV;
use crate::demo::party::Party;
use crate::demo::screen::Screen;
use crate::demo::story::Story;
use crate::demo::tally::Tally;
use crate::document::Lang;
use crate::mapping::Library;
use reqwest::Method;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

/// The address the demonstration serves on when it is free.
const ADDRESS: &str = "127.0.0.1:8080";
/// The file that one of the lines to try pushes.
const SAMPLE: &str = "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml";
/// Scopes of a connected system.
const SYSTEM: [Scope; 3] = [
    Scope::BerichtenSchrijven,
    Scope::BerichtenLezen,
    Scope::PostvakLezen,
];

/// Why the demonstration did not hold.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder for its data could not be made.
    #[error("no folder for the demonstration's data: {0}")]
    Folder(std::io::Error),
    /// The gateway did not start.
    #[error(transparent)]
    App(#[from] AppError),
    /// A key could not be made.
    #[error("a key could not be made: {0}")]
    Key(String),
    /// A step did not hold.
    #[error(transparent)]
    Step(#[from] StepError),
}

/// Tells the story and returns the gateway, still running, with the folder its data is in. When the gateway `stays`, the
/// screen says how to try it.
pub async fn run(
    lang: Lang,
    folder: Option<PathBuf>,
    stays: bool,
) -> Result<(RunningApp, PathBuf), DemoError> {
    let started = Instant::now();
    let screen = Screen::new(lang);
    let folder = folder.unwrap_or_else(fresh_folder);
    std::fs::create_dir_all(&folder).map_err(DemoError::Folder)?;
    let app = start(&folder).await?;
    let base = format!("http://{}", app.address());
    println!(
        "Schakel {} \u{2014} {base}",
        screen.say(
            "draait (SQLite en een ingebouwde broker, geen server nodig) op",
            "is running (SQLite and an in-process broker, no server needed) on"
        ),
    );
    let outcome = match tell(&app, &base, screen).await {
        Ok((parties, tally)) => {
            table(screen, &tally, started);
            if stays {
                try_it(screen, &app, &base, &folder, &parties)
            } else {
                Ok(())
            }
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => Ok((app, folder)),
        Err(error) => {
            app.stop().await;
            Err(error)
        }
    }
}

async fn tell(
    app: &RunningApp,
    base: &str,
    screen: Screen,
) -> Result<([Party; 4], Tally), DemoError> {
    let parties = register(app, base, screen).await?;
    let mut story = Story::new(&parties, screen);
    story.tell().await?;
    let tally = story.tally.clone();
    Ok((parties, tally))
}

fn fresh_folder() -> PathBuf {
    let id = uuid::Uuid::new_v4().simple().to_string();
    std::env::temp_dir().join(format!("schakel-demo-{}", &id[..8]))
}

/// Starts on the usual address, or on a free port when something else is there.
async fn start(folder: &Path) -> Result<RunningApp, AppError> {
    let config = |address| Config::embedded(folder).with("http.adres", address);
    match App::start(config(ADDRESS)).await {
        Err(AppError::Listen { .. }) => App::start(config("127.0.0.1:0")).await,
        started => started,
    }
}

/// Registers organisations and agreements as an administrator does, and makes a key for each organisation.
async fn register(app: &RunningApp, base: &str, screen: Screen) -> Result<[Party; 4], DemoError> {
    let admin = Party::new(
        "beheer",
        "beheer",
        key(app, "beheer", &[Scope::Beheer]).await?,
        base,
        screen.tag(),
    )?;
    for (path, records) in [
        ("organisaties", cast::organisaties()),
        ("overeenkomsten", cast::overeenkomsten()),
    ] {
        for (id, record) in records {
            let answer = admin
                .send(Method::PUT, &format!("/v1/{path}/{id}"), &record)
                .await?;
            party::expect(id, 201, &answer)?;
        }
    }
    let party = async |code: &'static str, name: &'static str| -> Result<Party, DemoError> {
        Ok(Party::new(
            code,
            name,
            key(app, code, &SYSTEM).await?,
            base,
            screen.tag(),
        )?)
    };
    Ok([
        party(GEMEENTE, "Gemeente Voorbeeldstad").await?,
        party(UWV, "UWV (voorbeeld)").await?,
        party(AANBIEDER_A, "Jobcoachorganisatie A").await?,
        party(AANBIEDER_B, "Jobcoachorganisatie B").await?,
    ])
}

async fn key(app: &RunningApp, code: &str, scopes: &[Scope]) -> Result<String, DemoError> {
    let failed = |error: &dyn std::fmt::Display| DemoError::Key(error.to_string());
    let mut random = [0_u8; KEY_RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(|error| failed(&error))?;
    let new = NewKey {
        org: OrgCode::parse(code).map_err(|error| failed(&error))?,
        name: "demonstratie".to_owned(),
        scopes: scopes.to_vec(),
        expires_at: None,
    };
    let by = By {
        actor: "demo".to_owned(),
        origin: "cli".to_owned(),
    };
    let store: &dyn KeyStore = app.store();
    let made = access::create(store, new, &by, SystemClock.now(), &random)
        .await
        .map_err(|error| failed(&error))?;
    Ok(made.key.reveal().to_owned())
}

fn table(screen: Screen, tally: &Tally, started: Instant) {
    let rows = [
        (
            screen.say("berichten ontvangen", "messages received"),
            tally.messages,
        ),
        (
            screen.say("afleveringen bevestigd", "deliveries confirmed"),
            tally.deliveries,
        ),
        (
            screen.say("waarden één keer ingevoerd", "values entered once"),
            tally.entered,
        ),
        (
            screen.say(
                "waarden afgeleverd in het eigen formaat",
                "values delivered in the recipient's own format",
            ),
            tally.delivered,
        ),
    ];
    println!("\n\u{2501}\u{2501} {}", screen.say("De som", "The sum"));
    for (name, count) in rows {
        println!("   {name:<48}{count:>8}");
    }
    println!(
        "   {} {} {}",
        tally.delivered,
        screen.say(
            "waarden hoefde niemand over te typen. Elke stap klopte.",
            "values nobody had to retype. Every step held.",
        ),
        format_args!("({:.1} s)", started.elapsed().as_secs_f64()),
    );
}

/// The addresses, the keys, and three lines that work as they are, in any folder.
fn try_it(
    screen: Screen,
    app: &RunningApp,
    base: &str,
    folder: &Path,
    parties: &[Party; 4],
) -> Result<(), DemoError> {
    let sample = Library::shipped_file(SAMPLE).unwrap_or_default();
    let path = std::path::absolute(folder)
        .map_err(DemoError::Folder)?
        .join("verwijzing.xml");
    std::fs::write(&path, sample).map_err(DemoError::Folder)?;
    println!(
        "\n\u{2501}\u{2501} {}",
        screen.say("Zelf proberen", "Try it")
    );
    println!("   {:<24} {base}/v1", "API");
    println!("   {:<24} {base}/v1/openapi.json", "OpenAPI");
    if let Some(admin) = app.admin_address() {
        let health = screen.say("gezondheid", "health");
        println!("   {health:<24} http://{admin}/health/ready");
        let metrics = screen.say("metingen", "metrics");
        println!("   {metrics:<24} http://{admin}/metrics");
    }
    for party in parties {
        println!("   {:<24} {}", party.code, party.key);
    }
    let [gemeente, _, a, _] = parties;
    let bearer = |party: &Party| format!("-H 'Authorization: Bearer {}'", party.key);
    println!(
        "\n   curl -s {} '{base}/v1/berichten'\n\n   curl -s {} '{base}/v1/postvak?status=bevestigd'\n\n   \
         curl -s {} -H 'Content-Type: application/xml' --data-binary '@{}' '{base}/v1/berichten?soort=verwijzing'\n",
        bearer(gemeente),
        bearer(a),
        bearer(gemeente),
        path.display(),
    );
    Ok(())
}

/// The address a running demonstration serves on, for the last line on the screen.
#[must_use]
pub fn serving(lang: Lang, address: SocketAddr) -> String {
    match lang {
        Lang::Nl => {
            format!("De gateway blijft draaien op http://{address}; stop met Ctrl-C (of SIGTERM).")
        }
        Lang::En => format!(
            "The gateway keeps serving on http://{address}; stop it with Ctrl-C (or SIGTERM)."
        ),
    }
}
