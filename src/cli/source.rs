//! A file that is read more than once.

use crate::adapters::Limits;
use bytes::Bytes;
use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::path::Path;
use tokio::io::AsyncRead;

/// Most bytes of standard input, which is kept because it comes once.
const KEPT_MAX: usize = 64 * 1024 * 1024;

/// A file, or what came once and is kept.
pub(super) enum Source {
    File(File),
    Kept(Bytes),
}

impl Source {
    /// Opens a file, or standard input for `-`. What is kept of it lowers the limit on its bytes.
    pub(super) fn open(path: &Path, limits: &mut Limits) -> std::io::Result<Self> {
        if path == Path::new("-") {
            return Self::kept(std::io::stdin().lock(), limits);
        }
        let file = File::open(path)?;
        if file.metadata()?.is_file() {
            Ok(Self::File(file))
        } else {
            Self::kept(file, limits)
        }
    }

    fn kept(from: impl Read, limits: &mut Limits) -> std::io::Result<Self> {
        limits.bytes = limits.bytes.min(KEPT_MAX);
        let most = u64::try_from(limits.bytes).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(Self::Kept(bytes.into()))
    }

    /// Its bytes from the beginning.
    pub(super) fn reader(&mut self) -> std::io::Result<Box<dyn Read + '_>> {
        Ok(match self {
            Self::File(file) => {
                file.rewind()?;
                Box::new(file)
            }
            Self::Kept(bytes) => Box::new(&**bytes),
        })
    }

    /// The same for who waits, and how many there are.
    pub(super) fn waiting(&mut self) -> std::io::Result<(u64, Box<dyn AsyncRead + Unpin + '_>)> {
        Ok(match self {
            Self::File(file) => {
                file.rewind()?;
                let length = file.metadata()?.len();
                let own = tokio::fs::File::from_std(file.try_clone()?);
                (length, Box::new(own))
            }
            Self::Kept(bytes) => (bytes.len() as u64, Box::new(&**bytes)),
        })
    }
}
