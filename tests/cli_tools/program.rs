//! The real program in a folder of its own, as `tests/cli.rs` and `tests/cli_tools` run it.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;

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

    /// Runs it; gives the most memory that it took until it ended, in megabytes. Processes that it starts do not count.
    #[cfg(target_os = "linux")]
    #[allow(dead_code)]
    pub fn peak(&self, arguments: &[&str]) -> (u64, Output) {
        let child = self
            .command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let status = format!("/proc/{}/status", child.id());
        let watch = std::thread::spawn(move || {
            let mut peak = 0;
            // it is there until somebody waits for it, and empty when it has ended
            while let Ok(text) = std::fs::read_to_string(&status) {
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let Some(line) = line else { break };
                let kilobytes = line.trim().trim_end_matches(" kB").parse::<u64>();
                peak = kilobytes.expect("a number");
                std::thread::sleep(Duration::from_millis(5));
            }
            peak / 1024
        });
        let output = child.wait_with_output().expect("it ends");
        (watch.join().expect("it ends with the child"), output)
    }

    /// What stands in a file of JSON that it wrote.
    #[allow(dead_code)]
    pub fn json(&self, name: &str) -> serde_json::Value {
        let text = std::fs::read_to_string(self.folder.join(name)).expect("there");
        serde_json::from_str(&text).expect("JSON")
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
