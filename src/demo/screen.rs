use crate::document::Lang;
use serde_json::Value;

/// Lines of a document that are shown.
const SHOWN_LINES: usize = 20;
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

    /// The language, as a header of a request names it.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.say("nl", "en")
    }

    /// The text in the screen's language.
    #[must_use]
    pub const fn say<'a>(self, nl: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Nl => nl,
            Lang::En => en,
        }
    }

    /// The heading of a step.
    pub fn step(self, number: usize, nl: &str, en: &str) {
        println!("\n\u{2501}\u{2501} {number}. {}", self.say(nl, en));
    }

    /// A line.
    pub fn line(self, nl: &str, en: &str) {
        println!("   {}", self.say(nl, en));
    }

    /// A document, cut to what a person takes in.
    pub fn document(self, nl: &str, en: &str, bytes: &[u8]) {
        println!("   \u{250c} {} ({} bytes)", self.say(nl, en), bytes.len());
        let text = readable(bytes);
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
    pub fn faults(self, answer: &Value) {
        let place = self.say("op", "at");
        for element in answer["elementen"].as_array().into_iter().flatten() {
            for fault in element["fouten"].as_array().into_iter().flatten() {
                println!(
                    "   {} {place} {}: {}",
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

    /// The road of a message as far as the gateway itself: each stop with its time.
    pub fn road(self, sender: &str, soort: &str, message: &Value) {
        let road = self.say("weg:", "road:");
        println!("   {road} {sender}, {soort}: {}", self.stops(message));
    }

    /// The road of one delivery, or of several that went the same way.
    pub fn delivered(self, count: usize, recipient: &str, soort: &str, delivery: &Value) {
        let times = if count > 1 {
            format!("{count} \u{d7} ")
        } else {
            String::new()
        };
        println!(
            "        \u{2514} {times}{recipient} ({soort}): {}",
            self.stops(delivery)
        );
    }

    /// The stops of a message or delivery, with their times of day.
    fn stops(self, holder: &Value) -> String {
        holder["verloop"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|step| {
                let at = step["op"].as_str().unwrap_or_default();
                let time = at.split('T').nth(1).unwrap_or(at).trim_end_matches('Z');
                let name = self.step_name(step["stap"].as_str().unwrap_or_default())?;
                Some(format!("{name} {time}"))
            })
            .collect::<Vec<_>>()
            .join(" \u{2192} ")
    }

    /// What a stop is called on the screen. That a delivery was made says nothing beside that its message was stored.
    fn step_name(self, step: &str) -> Option<&str> {
        Some(match step {
            "aangemaakt" => return None,
            "ontvangen" => self.say("ontvangen", "received"),
            "vertaald" => self.say("vertaald", "mapped"),
            "opgeslagen" => self.say("opgeslagen", "stored"),
            "gepubliceerd" => self.say("gepubliceerd", "published"),
            "klaar" => self.say("afgeleverd", "delivered"),
            "bevestigd" => self.say("bevestigd", "confirmed"),
            other => other,
        })
    }
}

/// A document as a person reads it: in its own character set, one-line JSON and XML on more lines.
fn readable(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).map_or_else(
        |_| encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
        str::to_owned,
    );
    if text.lines().count() > 2 {
        return text;
    }
    if text.trim_start().starts_with('<') {
        return text.replace("><", ">\n<");
    }
    serde_json::from_str::<Value>(&text)
        .ok()
        .and_then(|json| serde_json::to_string_pretty(&json).ok())
        .unwrap_or(text)
}
