use reqwest::Client;
use reqwest::Method;
use reqwest::header::ACCEPT_LANGUAGE;
use reqwest::header::HeaderValue;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use thiserror::Error;

/// Longest wait for one answer of the gateway.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most deliveries fetched at a time.
const FETCH: u32 = 100;

/// Why a step of the demonstration did not hold.
#[derive(Debug, Error)]
pub enum StepError {
    /// The gateway did not answer.
    #[error("the gateway did not answer: {0}")]
    NoAnswer(String),
    /// It answered something else than the step promises.
    #[error("{what}: expected {expected}, got {got}")]
    Other {
        /// What was looked at.
        what: String,
        /// What should have been there.
        expected: String,
        /// What was there.
        got: String,
    },
}

/// One organisation of the demonstration, which knows nothing but the public API and its own key.
pub struct Party {
    /// Its code.
    pub code: &'static str,
    /// Its name on the screen.
    pub name: &'static str,
    /// Its API key.
    pub key: String,
    base: String,
    client: Client,
}

/// An answer of the API.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The JSON body; `null` when there is none.
    pub body: Value,
}

/// A delivery that was fetched.
pub struct Mail {
    /// The delivery.
    pub id: String,
    /// The message it came from.
    pub message: String,
    /// Its soort.
    pub soort: String,
    /// Content type.
    pub content_type: String,
    /// Content.
    pub content: Vec<u8>,
    token: String,
}

impl Party {
    /// An organisation that talks to the API at `base` (without `/v1`) and wants its answers in a language.
    pub fn new(
        code: &'static str,
        name: &'static str,
        key: String,
        base: &str,
        language: &'static str,
    ) -> Result<Self, StepError> {
        let language = HeaderValue::from_static(language);
        let client = Client::builder()
            .no_proxy()
            .default_headers([(ACCEPT_LANGUAGE, language)].into_iter().collect())
            .timeout(PATIENCE)
            .build()
            .map_err(no_answer)?;
        Ok(Self {
            code,
            name,
            key,
            base: base.to_owned(),
            client,
        })
    }

    /// Pushes a file as one soort. `reference` is the `Idempotency-Key`, for files that hold no reference.
    pub async fn push(
        &self,
        soort: &str,
        content_type: &str,
        reference: Option<&str>,
        body: &[u8],
    ) -> Result<Answer, StepError> {
        let mut request = self
            .request(Method::POST, &format!("/v1/berichten?soort={soort}"))
            .header("content-type", content_type)
            .body(body.to_vec());
        if let Some(reference) = reference {
            request = request.header("idempotency-key", format!("\"{reference}\""));
        }
        answer(request.send().await.map_err(no_answer)?).await
    }

    /// Reads a resource.
    pub async fn get(&self, path: &str) -> Result<Answer, StepError> {
        answer(
            self.request(Method::GET, path)
                .send()
                .await
                .map_err(no_answer)?,
        )
        .await
    }

    /// Sends a JSON body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, StepError> {
        let request = self
            .request(method, path)
            .header("content-type", "application/json")
            .body(body.to_string());
        answer(request.send().await.map_err(no_answer)?).await
    }

    /// Fetches everything that is ready in the postvak, under a lease.
    pub async fn fetch(&self) -> Result<Vec<Mail>, StepError> {
        let body = json!({ "aantal": FETCH, "leaseSeconden": 60 });
        let answer = self.send(Method::POST, "/v1/postvak/_haal", &body).await?;
        expect("postvak/_haal", 200, &answer)?;
        let items = answer.body["afleveringen"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        items.iter().map(mail).collect()
    }

    /// Confirms what was fetched.
    pub async fn confirm(&self, mail: &[Mail]) -> Result<(), StepError> {
        if mail.is_empty() {
            return Ok(());
        }
        let items: Vec<Value> = mail
            .iter()
            .map(|one| json!({ "id": one.id, "token": one.token }))
            .collect();
        let answer = self
            .send(
                Method::POST,
                "/v1/postvak/_bevestig",
                &json!({ "bevestigingen": items }),
            )
            .await?;
        expect("postvak/_bevestig", 200, &answer)
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key)
    }
}

/// Holds an answer to the status that a step promises.
pub fn expect(what: &str, status: u16, answer: &Answer) -> Result<(), StepError> {
    if answer.status == status {
        return Ok(());
    }
    Err(StepError::Other {
        what: what.to_owned(),
        expected: status.to_string(),
        got: format!("{}: {}", answer.status, answer.body),
    })
}

fn no_answer(error: reqwest::Error) -> StepError {
    StepError::NoAnswer(error.without_url().to_string())
}

async fn answer(response: reqwest::Response) -> Result<Answer, StepError> {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.map_err(no_answer)?;
    Ok(Answer {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    })
}

fn mail(item: &Value) -> Result<Mail, StepError> {
    use base64::Engine;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let content = match (item["inhoud"].as_str(), item["inhoudBase64"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(encoded)) => base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .map_err(|error| StepError::NoAnswer(error.to_string()))?,
        (None, None) => Vec::new(),
    };
    Ok(Mail {
        id: text(&item["id"]),
        message: text(&item["bericht"]),
        soort: text(&item["soort"]),
        content_type: text(&item["inhoudstype"]),
        content,
        token: text(&item["lease"]["token"]),
    })
}
