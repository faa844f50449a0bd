//! One caller of the public API, which knows nothing but an address and a key, and keeps every answer it heard.
#![allow(dead_code)] // each test binary uses its own part

use reqwest::Client;
use reqwest::Method;
use reqwest::RequestBuilder;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

pub const XML: &str = "application/xml";
pub const JSON: &str = "application/json";
pub const CSV: &str = "text/csv; charset=windows-1252";
pub const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// How long something that takes a moment may take.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks.
pub const LOOK: Duration = Duration::from_millis(25);

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method and path asked for, for a failing test to show.
    pub asked: String,
    pub status: u16,
    /// Status line's headers, one a line.
    pub headers: String,
    pub bytes: Vec<u8>,
    /// Whether the body is content that was meant for this caller: a delivery.
    pub content: bool,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The same, held to a status.
    #[track_caller]
    pub fn with(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// The id in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        let json = self.json();
        json["id"].as_str().expect("an id").to_owned()
    }
}

/// A delivery that was fetched.
#[derive(Debug, Clone)]
pub struct Mail {
    pub id: String,
    pub soort: String,
    pub content: String,
    pub token: String,
}

#[derive(Clone)]
pub struct Caller {
    client: Client,
    base: String,
    pub key: String,
    pub heard: Arc<Mutex<Vec<Answer>>>,
}

impl Caller {
    pub fn new(base: &str, key: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client");
        Self {
            client,
            base: base.to_owned(),
            key: key.to_owned(),
            heard: Arc::default(),
        }
    }

    /// Another caller at the same address, whose answers are kept in the same place.
    pub fn other(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    /// A request under way, with nothing but the key.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key)
    }

    /// A request without a key.
    pub fn stranger(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let asked = format!("{} {}", request.method(), request.url().path());
        let content = asked.contains("/postvak/") && !asked.contains("_bevestig");
        let response = self.client.execute(request).await.expect("an answer");
        let status = response.status().as_u16();
        let mut headers = String::new();
        for (name, value) in response.headers() {
            let _ = writeln!(headers, "{name}: {}", value.to_str().unwrap_or("?"));
        }
        let bytes = response.bytes().await.expect("a body").to_vec();
        let answer = Answer {
            asked,
            status,
            headers,
            bytes,
            content: content && status < 300,
        };
        let mut heard = self.heard.lock().expect("not poisoned");
        heard.push(answer.clone());
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(method, path).header("content-type", JSON);
        self.send(request.body(body.to_string())).await
    }

    /// Pushes a file; `reference` is the `Idempotency-Key` for files that hold no reference of their own.
    pub async fn push(
        &self,
        soort: &str,
        content_type: &str,
        reference: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let mut request = self
            .request("POST", &format!("/v1/berichten?soort={soort}"))
            .header("content-type", content_type)
            .body(body.into());
        if let Some(reference) = reference {
            request = request.header("idempotency-key", format!("\"{reference}\""));
        }
        self.send(request).await
    }

    /// Fetches what is ready now.
    pub async fn fetch(&self, lease_seconds: u32) -> Vec<Mail> {
        let body = json!({ "aantal": 100, "leaseSeconden": lease_seconds });
        let answer = self
            .json("POST", "/v1/postvak/_haal", &body)
            .await
            .with(200);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let json = answer.json();
        let all = json["afleveringen"].as_array().expect("a list");
        all.iter()
            .map(|one| Mail {
                id: text(&one["id"]),
                soort: text(&one["soort"]),
                content: text(&one["inhoud"]) + &text(&one["inhoudBase64"]),
                token: text(&one["lease"]["token"]),
            })
            .collect()
    }

    /// Fetches until so many came.
    pub async fn fetch_all(&self, count: usize, lease_seconds: u32) -> Vec<Mail> {
        let until = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while all.len() < count {
            assert!(Instant::now() < until, "{} of {count} came", all.len());
            let mail = self.fetch(lease_seconds).await;
            if mail.is_empty() {
                tokio::time::sleep(LOOK).await;
            }
            all.extend(mail);
        }
        assert_eq!(all.len(), count, "no more than expected");
        all
    }

    pub async fn confirm(&self, mail: &[Mail]) -> Answer {
        let items: Vec<Value> = mail
            .iter()
            .map(|one| json!({ "id": one.id, "token": one.token }))
            .collect();
        let body = json!({ "bevestigingen": items });
        self.json("POST", "/v1/postvak/_bevestig", &body).await
    }

    pub async fn refuse(&self, mail: &Mail, reason: &str) -> Answer {
        let item = json!({ "id": mail.id, "token": mail.token, "reden": reason });
        let body = json!({ "weigeringen": [item] });
        self.json("POST", "/v1/postvak/_weiger", &body).await
    }

    pub async fn replay(&self, id: &str) -> Answer {
        let body = json!({ "ids": [id] });
        self.json("POST", "/v1/afleveringen/_herhaal", &body).await
    }

    /// Waits until a message's deliveries fit, and returns them.
    pub async fn deliveries_until(
        &self,
        message: &str,
        fits: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self
                .get(&format!("/v1/berichten/{message}"))
                .await
                .with(200);
            let json = answer.json();
            let deliveries = json["afleveringen"].as_array().expect("a list");
            if fits(deliveries) {
                return deliveries.clone();
            }
            assert!(Instant::now() < until, "not in time: {deliveries:#?}");
            tokio::time::sleep(LOOK).await;
        }
    }
}
