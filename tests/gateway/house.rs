//! One gateway with its organisations, in this process.

use crate::caller::Caller;
use crate::caller::PATIENCE;
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
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// The master key of every gateway here.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// When every test begins.
const BEGIN: &str = "2026-11-02T09:00:00Z";

pub struct House {
    life: Life,
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
        let life = Life::begin(&config, &clock).await;
        let base = format!("http://{}", life.app().address());
        let key =
            async |org: &str, scopes: &[Scope]| make_key(life.app(), &clock, org, scopes).await;
        let system = [
            Scope::BerichtenSchrijven,
            Scope::BerichtenLezen,
            Scope::PostvakLezen,
            Scope::Webhook,
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
            life,
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

    /// Registers another organisation, with a key to call with.
    pub async fn join(&self, record: &Value) -> Caller {
        let code = record["code"].as_str().expect("a code");
        let path = format!("/v1/organisaties/{code}");
        self.admin.json("PUT", &path, record).await.with(201);
        let scopes = [
            Scope::BerichtenSchrijven,
            Scope::BerichtenLezen,
            Scope::PostvakLezen,
        ];
        self.admin
            .other(&make_key(self.app(), &self.clock, code, &scopes).await)
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
        let pipeline = Arc::clone(self.app().pipeline());
        let recovering = async move { pipeline.recover_once().await };
        self.life.run(recovering).await.unwrap();
    }

    /// The gateway goes away in the middle of everything, and starts again on the same data.
    pub async fn crash_and_restart(self) -> Self {
        let Self {
            life,
            config,
            clock,
            ..
        } = self;
        life.crash().await;
        let life = Life::begin(&config, &clock).await;
        let base = format!("http://{}", life.app().address());
        let again = |caller: &Caller| Caller::new(&base, &caller.key);
        Self {
            admin: again(&self.admin),
            gemeente: again(&self.gemeente),
            uwv: again(&self.uwv),
            a: again(&self.a),
            b: again(&self.b),
            life,
            config,
            clock,
        }
    }

    /// The gateway stops as it is told to, whatever it has to cut off, and has not started again yet. How long it took.
    pub async fn stop_somehow(&mut self) -> Duration {
        let app = self.life.app.take().expect("it runs");
        let started = Instant::now();
        self.life.run(async move { app.stop().await }).await;
        started.elapsed()
    }

    pub async fn records(&self, kind: Kind) -> Vec<StoredRecord> {
        let store = Arc::clone(self.app().store());
        let reading = async move { store.records_of(kind, None, 10_000).await };
        self.life.run(reading).await.unwrap()
    }

    pub const fn app(&self) -> &RunningApp {
        self.life.app()
    }

    pub async fn stop(mut self) {
        let app = self.life.app.take().expect("it runs");
        let stopped = self.life.run(async move { app.stop().await }).await;
        assert!(stopped, "it stops in good order");
    }
}

/// One run of the gateway, on threads of its own: when these end, everything it was doing ends with them, as with a
/// process. Dropping a running application would let its tasks finish what they are at, beside those of the next one.
struct Life {
    app: Option<RunningApp>,
    runtime: Option<Runtime>,
}

impl Life {
    async fn begin(config: &Config, clock: &ManualClock) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads");
        let app = App::new(config.clone())
            .program(env!("CARGO_BIN_EXE_schakel").into())
            .clock(Arc::new(clock.clone()));
        let mut life = Self {
            app: None,
            runtime: Some(runtime),
        };
        life.app = Some(life.run(app.run()).await.expect("it starts"));
        life
    }

    const fn app(&self) -> &RunningApp {
        self.app.as_ref().expect("it runs")
    }

    /// Does something on the threads of this life.
    async fn run<F>(&self, work: F) -> F::Output
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("alive");
        runtime.spawn(work).await.expect("it does not panic")
    }

    /// Ends every task where it stands.
    async fn crash(mut self) {
        let runtime = self.runtime.take().expect("alive");
        let end = move || runtime.shutdown_timeout(PATIENCE);
        tokio::task::spawn_blocking(end).await.expect("it ends");
    }
}

impl Drop for Life {
    /// A failing test has no time to wait, and may not.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
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
