//! Answers in StUF 03.01 to a caller who pushes StUF and asks for XML. Everyone else gets the API's own answers.
//!
//! | answer | when |
//! |---|---|
//! | `Bv03` (`Bv02` to a synchronous message) | the message is kept and everything in it is taken |
//! | `Fo03` (`Fo02`) | refused by a check of kind 3, which are about the stuurgegevens and about storing: `StUF001` to `StUF046` |
//! | `Fo01` (`Fo02`) | refused by a check of kind 1, about the content: `StUF052`, `StUF055`, `StUF058` |
//! | `Fo01` (`Fo02`) with HTTP status 202 | the message is kept, and a part of it is refused |
//!
//! StUF 03.01 has an asynchronous message acknowledged by a `Bv03` at once, and the checks of kind 1 answered later by a
//! `Fo01` of its own. This gateway has done every check before it answers: there is no later. So what a `Fo01` would
//! say later it says at once, in the place of the `Bv03` and never beside it: a sender who got a `Bv03` has nothing more
//! to fear, and a sender who has to do something hears so in the same reply. Of the checks that fail, the first in the
//! order of the standard gives the code ([`code`]); `details` names every fault with its place, and no value.
//!
//! The HTTP status is that of the same answer to anyone else. What is wrong with the HTTP request itself (key, query,
//! content type, size, a soort that is not there) stays a problem document: nothing was read as StUF yet.
//!
//! The same push gives the same bytes. Of a message that is kept, the id and the moment in the answer are those of the
//! message, as they are stored. A refusal is not stored: its referentienummer follows from what was sent and what is
//! said about it, and its tijdstipBericht is that of the message. Only where that is not there, cannot be read or is yet
//! to come it is the moment of the answer.

mod code;
mod head;
#[cfg(test)]
mod tests;
mod write;

use crate::api::Receipt;
use crate::api::ReceiveError;
use crate::api::problem::ACCEPTED;
use crate::api::problem::Complete;
use crate::api::problem::Problem;
use crate::api::stuf::code::Code;
use crate::api::stuf::head::Head;
use crate::api::stuf::write::Letter;
use crate::document::Fault;
use crate::document::Lang;
use crate::sealing::content_hash;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::Response;
use bytes::Bytes;
use jiff::Timestamp;
use std::fmt::Write;
use uuid::Builder;

/// The namespace of StUF 03.01.
pub const NAMESPACE: &str = "http://www.egem.nl/StUF/StUF0301";

/// Faults that `details` names one by one; the rest is counted.
const NAMED_MAX: usize = 500;
/// From this size on, reading leaves the async threads.
const HEAVY_BYTES: usize = 128 * 1024;
/// Bytes of a hash that make an id.
const ID_BYTES: usize = 16;

/// A push that is to be answered in StUF.
#[derive(Clone)]
pub struct Question {
    /// The media type that the caller asked for.
    pub media_type: &'static str,
    /// The namespace of the root element that its mapping reads.
    pub namespace: String,
    /// The language of what `details` says.
    pub lang: Lang,
    /// The message as sent.
    pub body: Bytes,
    /// The organisation that sent it.
    pub sender: String,
    /// When it came in.
    pub now: Timestamp,
}

impl Question {
    /// The answer. What is wrong with the request rather than with the message stays a problem.
    pub async fn answer(self, outcome: Result<Receipt, ReceiveError>) -> Result<Response, Problem> {
        let outcome = match outcome {
            Err(
                error @ (ReceiveError::TooLarge
                | ReceiveError::UnknownSoort
                | ReceiveError::UnsupportedType { .. }),
            ) => return Err(error.into()),
            other => other,
        };
        let body = self.body.clone();
        let head = if body.len() < HEAVY_BYTES {
            Head::read(&body)
        } else {
            let reading = tokio::task::spawn_blocking(move || Head::read(&body));
            reading.await.unwrap_or_default()
        };
        match outcome {
            Ok(receipt) => self.taken(&head, &receipt),
            Err(error) => self.refused(&head, error),
        }
    }

    fn taken(&self, head: &Head, receipt: &Receipt) -> Result<Response, Problem> {
        let mut letter = Letter {
            berichtcode: head.acknowledgement(),
            referentienummer: receipt.id.to_string(),
            moment: receipt.received_at,
            fault: None,
        };
        if !receipt.refusals.is_empty() {
            let (first, details) = self.told(head, &receipt.refusals);
            // it is kept: no check of kind 3 has failed
            let code = if first.is_technical() {
                Code::Processing
            } else {
                first
            };
            letter.berichtcode = head.error(code);
            letter.fault = Some((code, format!("{}\n{details}", self.kept(receipt))));
        }
        self.response(ACCEPTED, &letter, head)
    }

    fn refused(&self, head: &Head, error: ReceiveError) -> Result<Response, Problem> {
        let code = match &error {
            ReceiveError::Invalid(_) | ReceiveError::NoReference => None,
            ReceiveError::Conflict(_) => Some(Code::Reference),
            ReceiveError::NoPermission => Some(Code::Sender),
            _ => Some(Code::Storing),
        };
        let problem = Problem::from(error);
        let (code, details) = match code {
            Some(code) => {
                let explanation = problem.detail.clone();
                let explanation = explanation.unwrap_or_else(|| problem.kind.explanation());
                (code, explanation.get(self.lang).to_owned())
            }
            None => self.told(head, &problem.errors),
        };
        let berichtcode = head.error(code);
        let said = [
            self.body.as_ref(),
            berichtcode.as_bytes(),
            code.name().as_bytes(),
            details.as_bytes(),
        ];
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&content_hash(&said)[..ID_BYTES]);
        let letter = Letter {
            berichtcode,
            referentienummer: Builder::from_custom_bytes(id).into_uuid().to_string(),
            moment: head.answered_at(self.now),
            fault: Some((code, details)),
        };
        let mut response = self.response(problem.kind.status(), &letter, head)?;
        if let Some(seconds) = problem.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Complete);
        Ok(response)
    }

    /// The code of the first check that fails, in the order of the standard, and every fault in that order.
    fn told(&self, head: &Head, faults: &[Fault]) -> (Code, String) {
        let mut refusing: Vec<(Code, &Fault)> = faults
            .iter()
            .filter(|fault| fault.refuses())
            .map(|fault| (Code::of(fault, head, &self.namespace), fault))
            .collect();
        refusing.sort_by_key(|(code, _)| *code);
        let first = refusing.first().map_or(Code::Schema, |(code, _)| *code);
        let first = if head.is_another_version() {
            Code::StufVersion
        } else {
            first
        };
        let mut details = String::new();
        for (_, fault) in refusing.iter().take(NAMED_MAX) {
            if !details.is_empty() {
                details.push('\n');
            }
            details.push_str(&self.line(fault));
        }
        if refusing.len() > NAMED_MAX {
            let more = refusing.len() - NAMED_MAX;
            let _ = match self.lang {
                Lang::Nl => write!(details, "\nEn nog {more} andere."),
                Lang::En => write!(details, "\nAnd {more} more."),
            };
        }
        (first, details)
    }

    /// One fault: its code, where it stands, what to do.
    fn line(&self, fault: &Fault) -> String {
        let mut line = fault.code.to_string();
        let location = fault.place.location(self.lang);
        if !location.is_empty() {
            let _ = write!(line, " {location}");
        }
        if let Some(at) = fault.place.at() {
            let _ = match self.lang {
                Lang::Nl => write!(line, " (regel {}, kolom {})", at.line, at.column),
                Lang::En => write!(line, " (line {}, column {})", at.line, at.column),
            };
        }
        let _ = write!(line, ": {}", fault.sentence.get(self.lang));
        line
    }

    /// What was kept of a message that was taken in part.
    fn kept(&self, receipt: &Receipt) -> String {
        let (taken, all) = (&receipt.answer["opgenomen"], &receipt.answer["totaal"]);
        match self.lang {
            Lang::Nl => {
                format!("Bewaard; {taken} van {all} objecten zijn overgenomen. De andere niet:")
            }
            Lang::En => {
                format!("Kept; {taken} of {all} objects were taken. The others were not:")
            }
        }
    }

    fn response(
        &self,
        status: StatusCode,
        letter: &Letter,
        head: &Head,
    ) -> Result<Response, Problem> {
        let bytes = letter
            .bytes(head, &self.sender)
            .map_err(|error| Problem::internal(&error))?;
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        let media_type = HeaderValue::from_static(self.media_type);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        Ok(response)
    }
}
