//! The real program in a folder of its own, as `tests/cli.rs` and `tests/cli_tools` run it.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

/// The program, in a folder of its own, with nothing of the environment.
pub struct Program {
    pub folder: PathBuf,
}

impl Program {
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("schakel-cli-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("made");
        Self { folder }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schakel"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        let folder = path.parent().expect("a file is in a folder");
        std::fs::create_dir_all(folder).expect("made");
        std::fs::write(path, text).expect("written");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file beside the shipped mappings.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("mappings")
        .join(name)
}
