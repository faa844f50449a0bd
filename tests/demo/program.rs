//! The program in a folder of its own, with nothing of the environment.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// Longer than anything here takes, also on a machine with much else to do: only against waiting for ever.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// A folder that goes when it is no longer needed.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("schakel-{name}-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("made");
        Self(folder)
    }

    /// What is in it.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry
                .expect("read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        };
        entries.map(name).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// A program that runs, with the lines it writes. Killed when dropped.
pub struct Running {
    pub child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let stdout = child.stdout.take().expect("piped");
        Self {
            lines: lines(stdout),
            child,
        }
    }

    /// Everything up to and including the first line that fits.
    pub fn until(&self, fits: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|why| panic!("{why} after:\n{text}"));
            text.push_str(&line);
            text.push('\n');
            if fits(&line) {
                return text;
            }
        }
    }

    /// The rest of what it writes, and how it ended.
    pub fn end(mut self) -> (String, ExitStatus) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("asked") {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it ends");
            thread::sleep(Duration::from_millis(20));
        };
        (
            self.lines
                .iter()
                .fold(String::new(), |text, line| text + &line + "\n"),
            status,
        )
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        let kill = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.expect("kill runs").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
