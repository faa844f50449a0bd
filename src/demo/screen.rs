use crate::document::Lang;
use serde_json::Value;

/// Lines of a document that are shown.
const SHOWN_LINES: usize = 14;
/// Characters of a line that are shown.
const SHOWN_WIDTH: usize = 110;

/// What the demonstration writes to the terminal.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    lang: Lang,
}

impl Screen {
    /// A screen in one language.
    #[must_use]
    pub const fn new(lang: Lang) -> Self {
        Self { lang }
    }

    /// The text in the screen's language.
    #[must_use]
    pub const fn say<'a>(&self, nl: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Nl => nl,
            Lang::En => en,
        }
    }

    /// The heading of a step.
    pub fn step(&self, number: usize, nl: &str, en: &str) {
        println!("\n\u{2501}\u{2501} {number}. {}", self.say(nl, en));
    }

    /// A line.
    pub fn line(&self, nl: &str, en: &str) {
        println!("   {}", self.say(nl, en));
    }

    /// A document, cut to what a person takes in.
    pub fn document(&self, nl: &str, en: &str, bytes: &[u8]) {
        println!("   \u{250c} {} ({} bytes)", self.say(nl, en), bytes.len());
        let text = String::from_utf8_lossy(bytes);
        if bytes.starts_with(b"PK") {
            println!(
                "   \u{2502} {}",
                self.say("(een Excel-werkmap)", "(an Excel workbook)")
            );
        } else {
            let mut lines = text.lines();
            for line in lines.by_ref().take(SHOWN_LINES) {
                let cut: String = line.chars().take(SHOWN_WIDTH).collect();
                println!("   \u{2502} {cut}");
            }
            let rest = lines.count();
            if rest > 0 {
                println!(
                    "   \u{2502} \u{2026} {rest} {}",
                    self.say("regels meer", "more lines")
                );
            }
        }
        println!("   \u{2514}");
    }

    /// What the gateway said of each element that has something to it.
    pub fn faults(&self, answer: &Value) {
        for element in answer["elementen"].as_array().into_iter().flatten() {
            for fault in element["fouten"].as_array().into_iter().flatten() {
                println!(
                    "   {} {}: {}",
                    if fault["ernst"] == "weigering" {
                        "\u{2717}"
                    } else {
                        "\u{2022}"
                    },
                    fault["location"].as_str().unwrap_or_default(),
                    fault["detail"].as_str().unwrap_or_default(),
                );
            }
        }
    }

    /// The road of a message: each stop with its time.
    pub fn road(&self, message: &Value) {
        let steps = |holder: &Value| -> String {
            holder["verloop"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|step| {
                    let at = step["op"].as_str().unwrap_or_default();
                    let time = at.get(11..23).unwrap_or(at);
                    format!("{} {time}", step["stap"].as_str().unwrap_or_default())
                })
                .collect::<Vec<_>>()
                .join(" \u{2192} ")
        };
        println!("   {} {}", self.say("weg:", "road:"), steps(message));
        for delivery in message["afleveringen"].as_array().into_iter().flatten() {
            println!(
                "        \u{2514} {} ({}): {}",
                delivery["ontvanger"].as_str().unwrap_or_default(),
                delivery["soort"].as_str().unwrap_or_default(),
                steps(delivery),
            );
        }
    }
}
