//! One gateway with its organisations, in this process.

use crate::caller::Caller;
use crate::cast;
use crate::place::Place;
use jiff::SignedDuration;
use schakel::access;
use schakel::access::By;
use schakel::access::KEY_RANDOM_BYTES;
use schakel::access::KeyStore;
use schakel::access::NewKey;
use schakel::access::Scope;
use schakel::app::App;
use schakel::app::RunningApp;
use schakel::canonical::Clock;
use schakel::canonical::Kind;
use schakel::canonical::ManualClock;
use schakel::canonical::OrgCode;
use schakel::config::Config;
use schakel::store::StoredRecord;
use serde_json::Value;
use std::sync::Arc;

/// The master key of every gateway here.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// When every test begins.
const BEGIN: &str = "2026-11-02T09:00:00Z";

pub struct House {
    app: RunningApp,
    config: Config,
    pub clock: ManualClock,
    pub admin: Caller,
    pub gemeente: Caller,
    pub uwv: Caller,
    pub a: Caller,
    pub b: Caller,
}

impl House {
    /// A gateway on a place, with every organisation and agreement of the cast.
    pub async fn new(place: &Place, settings: &[(&str, &str)]) -> Self {
        let folder = match place {
            Place::Sqlite(folder) => folder.clone(),
            Place::Postgres(..) => std::env::temp_dir(),
        };
        let mut config = Config::embedded(&folder)
            .with("sleutel.waarde", MASTER_KEY)
            .with("webhook.http_toegestaan", "true")
            .with("webhook.prive_toegestaan", "127.0.0.1/32");
        if let Place::Postgres(_, url) = place {
            config = config
                .with("opslag.soort", "postgres")
                .with("opslag.url", url);
        }
        for (name, value) in settings {
            config = config.with(name, value);
        }
        let clock = ManualClock::at(BEGIN.parse().unwrap());
        let app = run(&config, &clock).await;
        let base = format!("http://{}", app.address());
        let key = async |org: &str, scopes: &[Scope]| make_key(&app, &clock, org, scopes).await;
        let system = [
            Scope::BerichtenSchrijven,
            Scope::BerichtenLezen,
            Scope::PostvakLezen,
        ];
        let admin = Caller::new(&base, &key("beheer", &[Scope::Beheer]).await);
        let mut callers = Vec::new();
        for (code, record) in cast::organisaties() {
            let path = format!("/v1/organisaties/{code}");
            admin.json("PUT", &path, &record).await.with(201);
            callers.push(Caller::new(&base, &key(code, &system).await));
        }
        let [gemeente, uwv, a, b] = callers.try_into().ok().expect("four");
        let house = Self {
            app,
            config,
            clock,
            admin,
            gemeente,
            uwv,
            a,
            b,
        };
        for record in cast::overeenkomsten() {
            house.agree(&record).await;
        }
        house
    }

    /// Registers or replaces an agreement.
    pub async fn agree(&self, record: &Value) {
        let path = format!("/v1/overeenkomsten/{}", record["nummer"].as_str().unwrap());
        let answer = self.admin.json("PUT", &path, record).await;
        assert!(answer.status < 300, "{}", answer.text());
    }

    /// Moves the clock, and does what the passing of time would have brought about.
    pub async fn later(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.app.pipeline().recover_once().await.unwrap();
    }

    /// The gateway goes away in the middle of everything, and starts again on the same data.
    pub async fn crash_and_restart(self) -> Self {
        let Self {
            app, config, clock, ..
        } = self;
        drop(app);
        let app = run(&config, &clock).await;
        let base = format!("http://{}", app.address());
        let again = |caller: &Caller| Caller::new(&base, &caller.key);
        Self {
            admin: again(&self.admin),
            gemeente: again(&self.gemeente),
            uwv: again(&self.uwv),
            a: again(&self.a),
            b: again(&self.b),
            app,
            config,
            clock,
        }
    }

    pub async fn records(&self, kind: Kind) -> Vec<StoredRecord> {
        self.app
            .store()
            .records_of(kind, None, 10_000)
            .await
            .unwrap()
    }

    pub const fn app(&self) -> &RunningApp {
        &self.app
    }

    pub async fn stop(self) {
        assert!(self.app.stop().await, "it stops in good order");
    }
}

async fn run(config: &Config, clock: &ManualClock) -> RunningApp {
    App::new(config.clone())
        .program(env!("CARGO_BIN_EXE_schakel").into())
        .clock(Arc::new(clock.clone()))
        .run()
        .await
        .expect("it starts")
}

async fn make_key(app: &RunningApp, clock: &ManualClock, org: &str, scopes: &[Scope]) -> String {
    let mut random = [0_u8; KEY_RANDOM_BYTES];
    getrandom::fill(&mut random).unwrap();
    let new = NewKey {
        org: OrgCode::parse(org).unwrap(),
        name: "toets".to_owned(),
        scopes: scopes.to_vec(),
        expires_at: None,
    };
    let by = By {
        actor: "toets".to_owned(),
        origin: "toets".to_owned(),
    };
    let store: &dyn KeyStore = app.store();
    let made = access::create(store, new, &by, clock.now(), &random)
        .await
        .unwrap();
    made.key.reveal().to_owned()
}

/// The `number`th test BSN that passes the elfproef.
pub fn bsn(number: usize) -> String {
    (0..)
        .map(|n| format!("9998{n:05}"))
        .filter(|digits| schakel::canonical::elfproef(digits))
        .nth(number)
        .unwrap()
}
