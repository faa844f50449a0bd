//! The README's commands for push, pull, mappings and configuration, typed as they stand there in a shell, against the
//! real program. Only what the README leaves open is filled in, as a person would: the ids of an answer.

use crate::program::Folder;
use crate::program::PATIENCE;
use crate::program::Running;
use crate::program::free_address;
use serde_json::Value;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

const SERVE: &str = "schakel serve";
/// What stands behind every answer of the shell.
const DONE: &str = "-- typed --";
/// The sections whose commands are typed.
const SECTIONS: [&str; 3] = ["Push and pull with curl", "Write a mapping", "Configure"];

/// The commands in the `sh` blocks of a section: what stands between empty lines and lines of comment only.
fn commands(section: &str) -> Vec<String> {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme
        .split_once(&format!("\n## {section}\n"))
        .unwrap_or_else(|| panic!("no section {section}"));
    let text = rest.split("\n## ").next().unwrap_or_default();
    let mut commands = Vec::new();
    for block in text.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        let mut command = String::new();
        for line in block.lines().chain([""]) {
            if !(line.is_empty() || line.starts_with('#')) {
                command.push_str(line);
                command.push('\n');
            } else if !command.is_empty() {
                commands.push(std::mem::take(&mut command));
            }
        }
    }
    commands
}

/// A shell that somebody types in.
struct Shell {
    child: Child,
    keys: ChildStdin,
    screen: BufReader<ChildStdout>,
}

impl Shell {
    fn start(mut command: Command) -> Self {
        let command = command
            .arg("-eu")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("sh starts");
        let keys = child.stdin.take().expect("piped");
        let screen = BufReader::new(child.stdout.take().expect("piped"));
        Self {
            child,
            keys,
            screen,
        }
    }

    /// Types a command and reads what it answers. A command that fails ends the shell.
    fn typed(&mut self, command: &str) -> String {
        let whole = format!("{command}\necho; echo '{DONE}'\n");
        self.keys.write_all(whole.as_bytes()).expect("typed");
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            let read = self.screen.read_line(&mut line).expect("text");
            assert!(read > 0, "failed: {command}\n{answer}");
            if line.trim_end() == DONE {
                return answer;
            }
            answer.push_str(&line);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a name in the README stands for in the last answer.
fn in_answer<'a>(name: &str, answer: &'a Value) -> Option<&'a str> {
    let pointer = match name {
        "BERICHT" => "/id",
        "AFLEVERING" => "/afleveringen/0/id",
        "TOKEN" => "/afleveringen/0/lease/token",
        _ => return None,
    };
    answer.pointer(pointer)?.as_str()
}

/// Fills in each `NAME='…'`.
fn filled_in(command: &str, answer: &Value) -> String {
    let mut text = command.to_owned();
    while let Some((before, after)) = text.split_once("='\u{2026}'") {
        let name = before.rsplit([' ', '\n']).next().unwrap_or_default();
        let value = in_answer(name, answer)
            .unwrap_or_else(|| panic!("{name} is not in the answer before it: {answer}"));
        text = format!("{before}='{value}'{after}");
    }
    text
}

#[test]
fn every_command_of_the_readme_works_as_it_stands_there() {
    let folder = Folder::new("readme");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["mappings", "deploy"] {
        symlink(repository.join(name), folder.0.join(name)).expect("linked");
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_schakel"))
        .parent()
        .expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let (api, admin) = (free_address(), free_address());
    let at_home = |program: &str| {
        let mut command = Command::new(program);
        command
            .current_dir(&folder.0)
            .env_clear()
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("SCHAKEL_HTTP_ADRES", &api)
            .env("SCHAKEL_BEHEER_ADRES", &admin);
        command
    };
    let mut shell = Shell::start(at_home("sh"));
    // An answer that is a problem must not pass for one that is not.
    shell.typed("exec 2>&1; curl() { command curl -sS --fail-with-body \"$@\"; }");
    let mut serving = None;
    let mut last = Value::Null;
    let mut count = 0;
    for command in SECTIONS.iter().flat_map(|section| commands(section)) {
        count += 1;
        let command = command.replace("127.0.0.1:8080", &api);
        if command.trim() == SERVE {
            let mut command = at_home("schakel");
            let log = std::fs::File::create(folder.0.join("log")).expect("made");
            serving = Some(Running::start(command.arg("serve").stderr(log)));
            let started = Instant::now();
            while std::net::TcpStream::connect(&api).is_err() {
                assert!(started.elapsed() < PATIENCE, "it serves");
                thread::sleep(Duration::from_millis(50));
            }
            continue;
        }
        let command = filled_in(&command, &last);
        let started = Instant::now();
        loop {
            let answer = shell.typed(&command);
            let json: Value = serde_json::from_str(answer.trim()).unwrap_or_default();
            // A person types slower than the gateway delivers.
            if json["afleveringen"].as_array().is_some_and(Vec::is_empty) {
                assert!(started.elapsed() < PATIENCE, "something is delivered");
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            if !json.is_null() {
                last = json;
            }
            break;
        }
    }
    assert!(count >= 13, "{count} commands");
    // The last one of the road: the gemeente sees that its message arrived.
    let road = commands(SECTIONS[0])
        .pop()
        .expect("a command")
        .replace("127.0.0.1:8080", &api);
    let message: Value = serde_json::from_str(shell.typed(&road).trim()).expect("JSON");
    assert_eq!(
        message["afleveringen"][0]["status"], "bevestigd",
        "{message}"
    );
    drop(shell);
    let serving = serving.expect("the README says how to serve");
    serving.terminate();
    let (_, status) = serving.end();
    assert_eq!(status.code(), Some(0));
}
