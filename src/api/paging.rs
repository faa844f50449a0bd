//! Reading the request for one thing or for a list; lists go part by part: `cursor` and `limit` in, a link to the next
//! part out (NLgov pagination module).

use crate::access::Caller;
use crate::access::Scope;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Segment;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::input::Page;
use crate::api::negotiate;
use crate::api::problem::OK;
use crate::api::problem::Problem;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::Uri;
use axum::http::header;
use axum::response::Response;
use serde::Serialize;
use std::fmt::Display;
use uuid::Uuid;

/// What a caller asks of a list.
pub struct Asked<F> {
    /// Who asks.
    pub caller: Caller,
    /// Which part.
    pub page: Page,
    /// Of what in the list.
    pub filter: F,
}

impl Api {
    /// Reads the request for a part of a list in JSON; `filter` reads what the list has beside `cursor` and `limit`.
    /// Every fault of the request is told at once.
    pub async fn asked<F: Send>(
        &self,
        call: &Call,
        uri: &Uri,
        headers: &HeaderMap,
        scope: Scope,
        filter: impl FnOnce(&mut Input<'_>) -> F + Send,
    ) -> Result<Asked<F>, Problem> {
        let caller = self.admit(call, headers, &[scope]).await?;
        negotiate::accepts(headers, "application/json")?;
        let mut input = Input::of(uri, headers);
        let filter = filter(&mut input);
        let page = input.page();
        input.finish()?;
        Ok(Asked {
            caller,
            page,
            filter,
        })
    }

    /// Reads the request for one thing in JSON, that has no parameters: who asks, and the id of it.
    pub async fn asked_one(
        &self,
        call: &Call,
        uri: &Uri,
        headers: &HeaderMap,
        scope: Scope,
        segment: &Segment,
    ) -> Result<(Caller, Uuid), Problem> {
        let caller = self.admit(call, headers, &[scope]).await?;
        negotiate::accepts(headers, "application/json")?;
        Input::of(uri, headers).finish()?;
        Ok((caller, segment.id()?))
    }
}

/// The answer with a part of a list; `ids` are those of what it shows. A part that is full has a link to the next,
/// with `also` (such as `&status=open`) behind it.
pub fn part(
    shown: &impl Serialize,
    ids: impl ExactSizeIterator<Item = Uuid>,
    page: Page,
    path: &str,
    also: &str,
) -> Response {
    let mut response = reply(OK, shown);
    if ids.len() >= page.limit as usize {
        next_page(&mut response, path, ids.last(), page.limit, also);
    }
    response
}

/// The link to the next part of a list, after the last one shown.
pub fn next_page(
    response: &mut Response,
    path: &str,
    last: Option<impl Display>,
    limit: u32,
    also: &str,
) {
    let link = last.map(|last| format!("<{path}?cursor={last}&limit={limit}{also}>; rel=\"next\""));
    let link = link.and_then(|link| HeaderValue::from_str(&link).ok());
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
}
