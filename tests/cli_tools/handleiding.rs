//! What the guide for admins says to do, done: each command of the steps that need no gateway, on the example that it gives.

use crate::program::Program;
use crate::program::code;
use crate::program::err;

const GUIDE: &str = include_str!("../../mappings/HANDLEIDING.md");
const SAMPLE: &str = "Dossier;Datum;Minuten\r\nD-1;01-04-2024;60\r\n";

/// The blocks of a language in a step.
fn blocks(step: &str, language: &str) -> Vec<String> {
    let (_, from) = GUIDE
        .split_once(&format!("\n## {step}. "))
        .expect("the step");
    let step = from.split_once("\n## ").map_or(from, |(step, _)| step);
    let fence = format!("```{language}\n");
    let blocks = step.split(&fence).skip(1);
    let block = |block: &str| block.split_once("```").expect("it ends").0.to_owned();
    blocks.map(block).collect()
}

#[test]
fn its_commands_run_its_example_compiles_and_its_cases_hold() {
    assert!(SAMPLE.contains("D-1;01-04-2024;60") && GUIDE.contains("`D-1;01-04-2024;60`"));
    let program = Program::new();
    program.write("voorbeeld.csv", SAMPLE);
    program.write("mappings/aanbieder-c/voorbeelden/logboek.csv", SAMPLE);
    let mut commands = Vec::new();
    for step in ["2", "3", "4", "6"] {
        if step == "6" {
            let cases = blocks("5", "toml").remove(0);
            assert_eq!(cases.matches("[[case]]").count(), 2);
            program.write("mappings/aanbieder-c/logboek.cases.toml", &cases);
        }
        for block in blocks(step, "sh") {
            for line in block.lines() {
                let command = line.split(" #").next().unwrap_or_default();
                let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
                let ran = program.run(&arguments);
                assert_eq!(code(&ran), 0, "{command}: {}", err(&ran));
                commands.push(command.trim().to_owned());
            }
        }
    }
    assert_eq!(commands.len(), 9, "{commands:#?}");
    let tested = program.run(&["mapping", "test", "mappings"]);
    assert!(err(&tested).contains("2 gevallen"), "{}", err(&tested));
}
