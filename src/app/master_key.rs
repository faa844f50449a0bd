use crate::config::KeySource;
use crate::sealing::KEY_BYTES;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;
use std::path::Path;
use zeroize::Zeroizing;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("the master key's file cannot be read or made: {0}")]
    File(std::io::ErrorKind),
    /// The text is not 32 bytes in base64.
    #[error("the master key is not 32 bytes in base64")]
    Form,
    /// Others may read the file.
    #[error("others than its owner may read the master key's file: make it mode 0600")]
    Open,
    /// The machine gives no random numbers.
    #[error("no random numbers are available")]
    NoRandom,
}

/// The 32 secret bytes everything is sealed with.
pub type MasterKey = Zeroizing<[u8; KEY_BYTES]>;

/// Reads the master key from where the configuration says, or makes one where it may.
pub fn master_key(source: &KeySource) -> Result<MasterKey, MasterKeyError> {
    match source {
        KeySource::Value(text) => parse(text),
        KeySource::File(path) => read(path),
        KeySource::MadeIn(path) => match read(path) {
            Err(MasterKeyError::File(std::io::ErrorKind::NotFound)) => make(path),
            read => read,
        },
    }
}

/// A new key in base64, as it stands in a file.
pub fn new_master_key() -> Result<Zeroizing<String>, MasterKeyError> {
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    getrandom::fill(&mut *key).map_err(|_| MasterKeyError::NoRandom)?;
    Ok(Zeroizing::new(STANDARD.encode(*key)))
}

fn parse(text: &str) -> Result<MasterKey, MasterKeyError> {
    let bytes = Zeroizing::new(
        STANDARD
            .decode(text.trim())
            .map_err(|_| MasterKeyError::Form)?,
    );
    <[u8; KEY_BYTES]>::try_from(bytes.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| MasterKeyError::Form)
}

fn read(path: &Path) -> Result<MasterKey, MasterKeyError> {
    let failed = |error: std::io::Error| MasterKeyError::File(error.kind());
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if readable_by_all(&metadata) {
        return Err(MasterKeyError::Open);
    }
    parse(&Zeroizing::new(
        std::fs::read_to_string(path).map_err(failed)?,
    ))
}

/// Makes the file, for its owner only. Of two gateways that start at once, one makes it and the other reads it.
fn make(path: &Path) -> Result<MasterKey, MasterKeyError> {
    let failed = |error: std::io::Error| MasterKeyError::File(error.kind());
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
    }
    let text = new_master_key()?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())
                .and_then(|()| file.write_all(b"\n"))
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
            parse(&text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(unix)]
fn readable_by_all(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o007 != 0
}

#[cfg(not(unix))]
fn readable_by_all(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("schakel-{name}-{}", uuid::Uuid::now_v7()))
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_only_and_read_back() {
        let folder = folder("sleutel");
        let source = KeySource::MadeIn(folder.join("sleutel"));
        let first = master_key(&source).expect("made");
        assert_eq!(first, master_key(&source).expect("read"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.join("sleutel"))
                .expect("there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_key_that_is_absent_short_or_open_to_all_is_refused() {
        let folder = folder("fout");
        std::fs::create_dir_all(&folder).expect("made");
        let path = folder.join("sleutel");
        let source = KeySource::File(path.clone());
        assert!(matches!(
            master_key(&source),
            Err(MasterKeyError::File(std::io::ErrorKind::NotFound))
        ));
        assert!(matches!(
            master_key(&KeySource::Value("a29ydA==".to_owned())),
            Err(MasterKeyError::Form)
        ));
        std::fs::write(&path, new_master_key().expect("random").as_bytes()).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("set");
            assert!(matches!(master_key(&source), Err(MasterKeyError::Open)));
        }
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
