//! An organisation that talks to the gateway over HTTP, and gets no answer when the gateway is away.

use reqwest::Client;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

/// The longest wait for an answer; after it the caller hangs up.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest wait for a list of everything.
const LIST_PATIENCE: Duration = Duration::from_mins(1);
/// Seconds that mail is leased for: the least there is, because what is not confirmed must come back while a test
/// looks on.
const LEASE_SECONDS: u32 = 10;

/// One caller with its key.
#[derive(Clone)]
pub struct Caller {
    /// Its organisation.
    pub org: &'static str,
    key: String,
    base: Arc<Mutex<String>>,
    client: Client,
}

/// An answer that arrived whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// Where the next part of a list is.
    next: Option<String>,
}

impl Answer {
    /// Whether it says to come back later.
    pub fn says_later(&self) -> bool {
        matches!(self.status, 429 | 502 | 503 | 504)
    }
}

impl Caller {
    pub fn new(org: &'static str, key: String, base: &Arc<Mutex<String>>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().timeout(PATIENCE).build();
        Self {
            org,
            key,
            base: Arc::clone(base),
            client: client.expect("a client"),
        }
    }

    /// One request; `None` when no whole answer came.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Option<Answer> {
        let base = self.base.lock().expect("not poisoned").clone();
        let request = self
            .client
            .request(method, format!("{base}{path}"))
            .bearer_auth(&self.key)
            .header("content-type", content_type)
            .body(body.to_vec());
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let next = response
            .headers()
            .get("link")
            .and_then(|link| link.to_str().ok())
            .and_then(next_link);
        let bytes = response.bytes().await.ok()?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Some(Answer { status, body, next })
    }

    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Option<Answer> {
        let text = body.to_string();
        self.ask(method, path, "application/json", text.as_bytes())
            .await
    }

    /// Everything in a list, over all its pages. The gateway must be up, but may be slow, or still be finding a server
    /// that has come back: a page is asked for until it is given.
    pub async fn list(&self, path: &str, member: &str) -> Vec<Value> {
        let until = Instant::now() + LIST_PATIENCE;
        let mut all = Vec::new();
        let mut next = Some(format!("{path}?limit=200"));
        while let Some(path) = next.clone() {
            let answer = self.ask(Method::GET, &path, "application/json", b"").await;
            match answer {
                Some(answer) if answer.status == 200 => {
                    all.extend(answer.body[member].as_array().cloned().unwrap_or_default());
                    next = answer.next;
                }
                answer => {
                    assert!(Instant::now() < until, "{path}: {answer:?}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        all
    }

    /// Fetches what waits in the postvak; nothing when there is no answer, or one that says to come back. Any other
    /// answer would make a test in which nobody reads.
    pub async fn fetch(&self, most: u32) -> Vec<Value> {
        let asked = json!({ "aantal": most, "leaseSeconden": LEASE_SECONDS });
        let answer = self.send(Method::POST, "/v1/postvak/_haal", &asked).await;
        let Some(answer) = answer.filter(|answer| !answer.says_later()) else {
            return Vec::new();
        };
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mail = answer.body["afleveringen"].as_array();
        mail.expect("a list of deliveries").clone()
    }

    pub async fn confirm(&self, mail: &[Value]) {
        let items: Vec<Value> = mail
            .iter()
            .map(|one| json!({ "id": one["id"], "token": one["lease"]["token"] }))
            .collect();
        if !items.is_empty() {
            let body = json!({ "bevestigingen": items });
            // no answer: it comes back, or it does not
            let _ = self
                .send(Method::POST, "/v1/postvak/_bevestig", &body)
                .await;
        }
    }
}

/// `</v1/berichten?cursor=...>; rel="next"`: the part from the path on.
fn next_link(link: &str) -> Option<String> {
    let one = link.split(',').find(|one| one.contains("rel=\"next\""))?;
    let url = one.split(['<', '>']).nth(1)?;
    url.find("/v1/").map(|at| url[at..].to_owned())
}
