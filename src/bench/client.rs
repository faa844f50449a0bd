//! A client that costs next to nothing, because it shares the machine with what it measures: HTTP/1.1 over one
//! keep-alive connection, one request at a time.

use crate::bench::BenchError;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest answer that is read.
const LONGEST: usize = 64 * 1024 * 1024;

/// One connection.
pub(super) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer: its status and where in the buffer its body is.
struct Head {
    status: u16,
    body_from: usize,
    length: usize,
}

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Result<Self, BenchError> {
        let failed = |reason| BenchError::Io {
            what: "connecting to the gateway",
            reason,
        };
        let stream = TcpStream::connect(address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(8 * 1024),
        })
    }

    /// Sends a whole request and reads the answer: its status and body.
    pub(super) async fn send(&mut self, request: &[u8]) -> Result<(u16, &[u8]), BenchError> {
        let done = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        let head = done
            .map_err(|_| BenchError::Late("the gateway did not answer"))?
            .map_err(|reason| BenchError::Io {
                what: "talking to the gateway",
                reason,
            })?;
        let body = &self.buffer[head.body_from..head.body_from + head.length];
        Ok((head.status, body))
    }

    async fn exchange(&mut self, request: &[u8]) -> std::io::Result<Head> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let Some(head) = head(&self.buffer)? else {
                continue;
            };
            if self.buffer.len() >= head.body_from + head.length {
                return Ok(head);
            }
        }
    }
}

/// The head of an answer, once it is there whole.
fn head(bytes: &[u8]) -> std::io::Result<Option<Head>> {
    let bad = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if bytes.len() > LONGEST {
            Err(bad())
        } else {
            Ok(None)
        };
    };
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| bad())?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status
        .and_then(|status| status.parse().ok())
        .ok_or_else(bad)?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse())
        .map_err(|_| bad())?;
    if length > LONGEST {
        return Err(bad());
    }
    Ok(Some(Head {
        status,
        body_from: end + 4,
        length,
    }))
}

/// A request with a body; `key` is the API key it comes with.
pub(super) fn request(
    method: &str,
    path: &str,
    key: &str,
    content_type: &str,
    body: &str,
) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: schakel\r\nauthorization: Bearer {key}\r\ncontent-type: {content_type}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A request without a body or a key.
pub(super) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: schakel\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_there_whole() {
        let whole = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}";
        for end in 0..whole.find("{}").expect("a body") {
            assert!(
                head(&whole.as_bytes()[..end]).expect("a head").is_none(),
                "{end}"
            );
        }
        let head = head(whole.as_bytes()).expect("a head").expect("whole");
        assert_eq!((head.status, head.length), (202, 2));
        assert_eq!(&whole[head.body_from..], "{}");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bytes in [
            "\r\n\r\n",
            "HTTP/1.1 x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: veel\r\n\r\n",
        ] {
            assert!(head(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }
}
