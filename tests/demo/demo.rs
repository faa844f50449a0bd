//! `schakel demo`, from outside.

use crate::program::Folder;
use crate::program::PATIENCE;
use crate::program::Running;
use serde_json::Value;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// The demonstration in an empty folder, with a place of its own for temporary files.
fn demo(folder: &Folder, temporary: &Folder, arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schakel"));
    command
        .args(arguments)
        .current_dir(&folder.0)
        .env_clear()
        .env("TMPDIR", &temporary.0);
    Running::start(&mut command)
}

/// The time of day behind a word: `received 10:15:00.123`.
fn has_time(line: &str, step: &str) -> bool {
    line.split(step).skip(1).any(|rest| {
        let time: Vec<&str> = rest.trim_start().splitn(4, [':', '.']).collect();
        time.len() == 4
            && time[..2]
                .iter()
                .all(|part| part.len() == 2 && part.parse::<u8>().is_ok())
    })
}

/// The number at the end of a line that starts with a name.
fn figure(text: &str, name: &str) -> usize {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no line {name}"));
    let number = line.rsplit(' ').next().and_then(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("no number: {line}"))
}

#[test]
fn the_demonstration_tells_every_road_every_document_and_the_sum_and_leaves_nothing_behind() {
    let (folder, temporary) = (Folder::new("leeg"), Folder::new("tmp"));
    let (text, status) = demo(&folder, &temporary, &["--lang", "en", "demo", "--once"]).end();
    assert_eq!(status.code(), Some(0), "{text}");
    for step in 1..=5 {
        assert!(
            text.contains(&format!("\u{2501}\u{2501} {step}. ")),
            "step {step}:\n{text}"
        );
    }

    let roads: Vec<&str> = text.lines().filter(|line| line.contains("road:")).collect();
    for (sender, soort) in [
        ("Gemeente Voorbeeldstad", "verwijzing"),
        ("UWV (voorbeeld)", "sonar"),
        ("UWV (voorbeeld)", "canoniek"),
        ("Jobcoachorganisatie A", "besluit"),
        ("Jobcoachorganisatie A", "opdrachtbevestiging"),
        ("Jobcoachorganisatie A", "trajectplan"),
        ("Jobcoachorganisatie A", "logboek"),
    ] {
        let name = format!("road: {sender}, {soort}:");
        let road = roads.iter().find(|line| line.contains(&name));
        let road = road.unwrap_or_else(|| panic!("{name}\n{text}"));
        for step in ["received", "mapped", "stored"] {
            assert!(has_time(road, step), "{step}: {road}");
        }
    }
    assert_eq!(roads.len(), 7, "{roads:?}");
    for whither in [
        "aanbieder-a (verwijzing)",
        "21 \u{d7} aanbieder-a (werkprofiel)",
        "aanbieder-a (opdracht)",
        "gemeente-voorbeeldstad (verwijzingBesluit)",
        "gemeente-voorbeeldstad (trajectplan)",
        "gemeente-voorbeeldstad (logboek)",
        "uwv (opdrachtBevestiging)",
        "uwv (logboek)",
    ] {
        let told = |step: &str| {
            let lines = text.lines();
            let mut lines = lines.filter(|line| line.contains(&format!("\u{2514} {whither}: ")));
            lines.any(|line| has_time(line, step))
        };
        for step in ["delivered", "confirmed"] {
            assert!(told(step), "{whither}: {step}\n{text}");
        }
    }
    assert!(
        text.lines().any(|line| has_time(line, "published")),
        "{text}"
    );
    assert!(
        !text.contains("aanbieder-b ("),
        "nothing goes to provider B"
    );
    assert!(text.contains("Provider B sees nothing of it."));

    assert_eq!(
        text.matches("\u{250c} Before: ").count(),
        7,
        "each document as it was pushed"
    );
    for after in [
        "After: as provider A gets it",
        "After: a profile from the workbook",
        "After, at UWV:",
    ] {
        assert_eq!(text.matches(after).count(), 1, "{after}");
    }
    assert_eq!(text.matches("After, at the gemeente:").count(), 3);

    for place in [
        "row 9, column C (BSN)",
        "row 10, column C (BSN)",
        "row 18, column AI (Toestemming)",
    ] {
        assert!(text.contains(place), "{place}");
    }

    assert_eq!(figure(&text, "messages received"), 7);
    assert_eq!(figure(&text, "deliveries confirmed"), 28);
    assert!(figure(&text, "values entered once") > 100);
    let delivered = figure(&text, "values delivered in the recipient's own format");
    assert!(delivered > 100);
    assert!(text.contains(&format!(
        "{delivered} values nobody had to retype. Every step held."
    )));

    let start = text.find("After: as provider A gets it").expect("there");
    let length = text[start..].find('\u{2514}').expect("its end");
    assert!(
        text[start..][..length].contains("Testpersoon"),
        "{}",
        &text[start..][..length]
    );
    for bsn in ["999990019", "999990172", "999990093"] {
        assert!(!text[start..][..length].contains(bsn), "{bsn}");
    }
    for bsn in ["999990172", "999990093"] {
        assert!(!text.contains(bsn), "{bsn} is for nobody");
    }
    assert_eq!(
        (folder.names(), temporary.names()),
        (Vec::new(), Vec::new())
    );
}

/// A line as printed, run by a shell in an empty folder.
fn typed(line: &str) -> Value {
    let elsewhere = Folder::new("elders");
    let run = Command::new("sh")
        .args(["-c", line])
        .current_dir(&elsewhere.0)
        .output();
    let run = run.expect("sh runs");
    assert!(
        run.status.success(),
        "curl is needed: {}",
        String::from_utf8_lossy(&run.stderr)
    );
    serde_json::from_slice(&run.stdout).unwrap_or_else(|_| {
        panic!("{line}: {}", String::from_utf8_lossy(&run.stdout));
    })
}

#[test]
fn without_once_it_keeps_serving_and_what_it_prints_to_try_works_as_printed() {
    let (folder, temporary) = (Folder::new("leeg"), Folder::new("tmp"));
    let running = demo(&folder, &temporary, &["demo"]);
    let text = running.until(|line| line.contains("blijft draaien"));
    let address = |name: &str| -> String {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(name));
        let line = line.unwrap_or_else(|| panic!("{name}\n{text}"));
        line.rsplit(' ').next().expect("an address").to_owned()
    };
    let document = typed(&format!("curl -s {}", address("OpenAPI")));
    assert_eq!(document["info"]["title"], "Schakel");
    let landing = typed(&format!("curl -s {}", address("API ")));
    assert!(landing["links"]["berichten"].is_string(), "{landing}");
    let started = Instant::now();
    while typed(&format!("curl -s {}", address("gezondheid")))["status"] != "gereed" {
        assert!(started.elapsed() < PATIENCE, "it is ready");
        thread::sleep(Duration::from_millis(100));
    }
    let metrics = Command::new("curl")
        .args(["-s", &address("metingen")])
        .output();
    let metrics = metrics.expect("curl runs").stdout;
    assert!(String::from_utf8_lossy(&metrics).contains("schakel_"));

    for code in [
        "gemeente-voorbeeldstad",
        "uwv",
        "aanbieder-a",
        "aanbieder-b",
    ] {
        assert!(address(code).starts_with("schakel_"), "the key of {code}");
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let lines: Vec<&str> = lines
        .into_iter()
        .filter(|line| line.starts_with("curl "))
        .collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let [sent, fetched, pushed] = [0, 1, 2].map(|n| typed(lines[n]));
    assert_eq!(
        sent["berichten"].as_array().map(Vec::len),
        Some(1),
        "{sent}"
    );
    assert_eq!(
        fetched["afleveringen"].as_array().map(Vec::len),
        Some(23),
        "{fetched}"
    );
    assert_eq!(pushed["opgenomen"], 1, "{pushed}");
    assert_eq!(
        pushed["id"], sent["berichten"][0]["id"],
        "pushed before: the same answer"
    );

    running.terminate();
    let (_, status) = running.end();
    assert_eq!(status.code(), Some(0), "a stop that was asked for");
    assert_eq!(
        (folder.names(), temporary.names()),
        (Vec::new(), Vec::new())
    );
}
