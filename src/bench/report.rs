use serde::Serialize;

/// What was measured on one store and broker.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// Which store and broker.
    pub name: &'static str,
    /// By number of connections.
    pub levels: Vec<Level>,
    /// One referral at a time.
    pub idle: Idle,
    /// What store and broker do at best.
    pub baseline: Baseline,
    /// Memory of the gateway.
    pub memory: Memory,
}

/// One number of connections.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Level {
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// Messages taken in.
    pub messages: usize,
    /// Answers other than 202.
    pub refused: u64,
    /// Messages taken in a second, while pushing.
    pub ingest_per_second: f64,
    /// Half of the answers came within this time.
    pub p50_ms: f64,
    /// 99 in 100 answers came within this time.
    pub p99_ms: f64,
    /// Messages a second from the first push until the last delivery was ready.
    pub end_to_end_per_second: f64,
    /// CPU time of the gateway for a message's whole road.
    pub cpu_micros_per_message: Option<f64>,
}

/// From sending a referral until the provider has it, when hardly anything happens.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Idle {
    /// How many were measured.
    pub messages: usize,
    /// Half were there within this time.
    pub p50_ms: f64,
    /// 99 in 100 were there within this time.
    pub p99_ms: f64,
}

/// What store and broker do at best, on the same machine in the same minutes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    /// Messages a second whose rows are inserted in batches of 200.
    pub inserts_per_second: f64,
    /// Parcels a second published and confirmed in windows of 100.
    pub publishes_per_second: f64,
}

/// Memory of the gateway.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// Resident, before the first message.
    pub idle_bytes: Option<u64>,
    /// Resident at its highest.
    pub peak_bytes: Option<u64>,
}

impl Measured {
    /// Messages taken in, against the bare insert of their rows.
    #[must_use]
    pub fn ingest_ratio(&self, level: &Level) -> f64 {
        level.ingest_per_second / self.baseline.inserts_per_second
    }

    /// Messages all the way, against the bare insert of their rows.
    #[must_use]
    pub fn end_to_end_ratio(&self, level: &Level) -> f64 {
        level.end_to_end_per_second / self.baseline.inserts_per_second
    }

    /// A table for people. `say` picks the language.
    #[must_use]
    pub fn table(&self, say: &dyn Fn(&'static str, &'static str) -> &'static str) -> String {
        use std::fmt::Write;
        let mut out = format!("{}\n", self.name);
        let baseline = &self.baseline;
        let mut line = |text: String| {
            // writing to a string does not fail
            let _ = writeln!(out, "  {text}");
        };
        line(format!(
            "{}: {:.0} {} ({} 200); {:.0} {} ({} 100)",
            say("kaal", "bare"),
            baseline.inserts_per_second,
            say("berichten/s ingevoegd", "messages/s inserted"),
            say("per", "by"),
            baseline.publishes_per_second,
            say(
                "pakketten/s gepubliceerd en bevestigd",
                "parcels/s published and confirmed"
            ),
            say("per", "by"),
        ));
        line(String::new());
        line(format!(
            "{:>12} {:>9} {:>7} {:>9} {:>9} {:>10} {:>7} {:>8} {:>8}",
            say("verbindingen", "connections"),
            say("inname/s", "ingest/s"),
            say("verh.", "ratio"),
            "p50 ms",
            "p99 ms",
            say("geheel/s", "whole/s"),
            say("verh.", "ratio"),
            "CPU us",
            say("niet 202", "not 202"),
        ));
        for level in &self.levels {
            let cpu = level.cpu_micros_per_message;
            line(format!(
                "{:>12} {:>9.0} {:>7.2} {:>9.1} {:>9.1} {:>10.0} {:>7.2} {:>8} {:>8}",
                level.connections,
                level.ingest_per_second,
                self.ingest_ratio(level),
                level.p50_ms,
                level.p99_ms,
                level.end_to_end_per_second,
                self.end_to_end_ratio(level),
                cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.0}")),
                level.refused,
            ));
        }
        line(String::new());
        line(format!(
            "{} ({}): p50 {:.1} ms, p99 {:.1} ms",
            say(
                "een voor een, van sturen tot ophalen",
                "one at a time, from push to fetch"
            ),
            self.idle.messages,
            self.idle.p50_ms,
            self.idle.p99_ms,
        ));
        line(format!(
            "{}: {} {}, {} {}",
            say("geheugen", "memory"),
            megabytes(self.memory.idle_bytes),
            say("in rust", "idle"),
            megabytes(self.memory.peak_bytes),
            say("op zijn hoogst", "at its highest"),
        ));
        out
    }

    /// The same for programs, with the ratios.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let mut out = serde_json::json!(self);
        for (at, level) in self.levels.iter().enumerate() {
            out["levels"][at]["ingestRatio"] = self.ingest_ratio(level).into();
            out["levels"][at]["endToEndRatio"] = self.end_to_end_ratio(level).into();
        }
        out
    }
}

fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(
        || "-".to_owned(),
        |bytes| format!("{} MB", bytes / 1_000_000),
    )
}

/// A percentile of sorted microseconds, in milliseconds: the smallest value that so many in 100 do not exceed.
pub(super) fn percentile(sorted: &[u64], percent: usize) -> f64 {
    let nth = (sorted.len() * percent).div_ceil(100).max(1);
    let micros = sorted.get(nth - 1).copied().unwrap_or_default();
    f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let sorted: Vec<u64> = (1..=200).map(|nth| nth * 1_000).collect();
        for (values, percent, expected) in [
            (&sorted[..], 50, 100.0),
            (&sorted[..], 99, 198.0),
            (&sorted[..1], 99, 1.0),
            (&sorted[..0], 50, 0.0),
        ] {
            assert!(
                (percentile(values, percent) - expected).abs() < f64::EPSILON,
                "{percent}"
            );
        }
    }

    #[test]
    fn ratios_are_to_the_bare_insert() {
        let level = Level {
            connections: 16,
            messages: 400,
            refused: 0,
            ingest_per_second: 400.0,
            p50_ms: 1.0,
            p99_ms: 2.0,
            end_to_end_per_second: 200.0,
            cpu_micros_per_message: None,
        };
        let measured = Measured {
            name: "SQLite + in-process",
            levels: vec![level],
            idle: Idle {
                messages: 1,
                p50_ms: 1.0,
                p99_ms: 1.0,
            },
            baseline: Baseline {
                inserts_per_second: 1_000.0,
                publishes_per_second: 9_000.0,
            },
            memory: Memory {
                idle_bytes: Some(40_000_000),
                peak_bytes: None,
            },
        };
        let json = measured.json();
        assert_eq!(json["levels"][0]["ingestRatio"], 0.4);
        assert_eq!(json["levels"][0]["endToEndRatio"], 0.2);
        let table = measured.table(&|_, en| en);
        assert!(
            table.contains("0.40") && table.contains("40 MB idle"),
            "{table}"
        );
    }
}
