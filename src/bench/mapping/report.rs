use crate::bench::mapping::Held;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write;

/// What translations cost.
#[derive(Debug, Clone, Serialize)]
pub struct Translated {
    /// What each costs.
    pub translations: Vec<Translation>,
    /// How much memory long files take.
    pub held: Vec<Held>,
}

/// What the translation of one example costs, in microseconds for the whole of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Translation {
    /// The mapping, `organisatie/soort`.
    pub mapping: String,
    /// The format it is in.
    pub format: &'static str,
    /// The format it is written in: its own, or canonical JSON for a mapping that only reads.
    pub to: &'static str,
    /// Bytes of the example.
    pub bytes: usize,
    /// Elements (rows, objects) in it.
    pub elements: usize,
    /// The bare parse by the format's own library.
    pub bare_micros: f64,
    /// CSV and XML: the parse into values by name by that library, where the bare parse gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named_micros: Option<f64>,
    /// From bytes to a tree with places; of a mapping that only writes this and the next two are not there.
    pub decode_micros: Option<f64>,
    /// From the tree to records.
    pub map_micros: Option<f64>,
    /// Schema and code lists.
    pub validate_micros: Option<f64>,
    /// From records to bytes.
    pub encode_micros: f64,
}

impl Translation {
    /// The whole translation.
    #[must_use]
    pub fn total(&self) -> f64 {
        let reading = [self.decode_micros, self.map_micros, self.validate_micros];
        reading.into_iter().flatten().sum::<f64>() + self.encode_micros
    }

    /// The whole translation, against the bare parse.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.total() / self.bare_micros
    }

    /// The same against the parse of CSV or XML into values by name.
    #[must_use]
    pub fn ratio_by_name(&self) -> Option<f64> {
        self.named_micros.map(|named| self.total() / named)
    }
}

impl Translated {
    /// A table for people. `say` picks the language.
    #[must_use]
    pub fn table(&self, say: &dyn Fn(&'static str, &'static str) -> &'static str) -> String {
        let mut out = format!(
            "{:<40} {:<6} {:>8} {:>6} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}\n",
            "mapping",
            say("vorm", "format"),
            "bytes",
            say("elem.", "elem."),
            say("kaal us", "bare us"),
            say("lezen", "decode"),
            say("vert.", "map"),
            say("toets", "valid."),
            say("schr.", "encode"),
            say("geheel", "whole"),
            say("op naam", "by name"),
        );
        for one in &self.translations {
            let times = |micros: f64| format!("{:.1}", micros / one.bare_micros);
            let read = |micros: Option<f64>| micros.map_or_else(|| "-".to_owned(), times);
            // writing to a string does not fail
            let _ = writeln!(
                out,
                "{:<40} {:<6} {:>8} {:>6} {:>9.1} {:>7} {:>7} {:>7} {:>7} {:>7.1} {:>7}",
                one.mapping,
                one.format,
                one.bytes,
                one.elements,
                one.bare_micros,
                read(one.decode_micros),
                read(one.map_micros),
                read(one.validate_micros),
                times(one.encode_micros),
                one.ratio(),
                one.ratio_by_name()
                    .map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.1}")),
            );
        }
        if !self.held.is_empty() {
            let _ = writeln!(
                out,
                "\n{:<40} {:<6} {:>8} {:>9} {:>9} {:>9}",
                say("geheugen van een lang bestand", "memory of a long file"),
                say("vorm", "format"),
                say("rijen", "rows"),
                say("MB groot", "MB large"),
                say("MB piek", "MB peak"),
                say("MB lezer", "MB reader"),
            );
        }
        for one in &self.held {
            let megabytes = |bytes: Option<u64>| {
                bytes.map_or_else(|| "-".to_owned(), |bytes| format!("{}", bytes / 1_048_576))
            };
            let _ = writeln!(
                out,
                "{:<40} {:<6} {:>8} {:>9} {:>9} {:>9}",
                one.mapping,
                one.format,
                one.rows,
                megabytes(Some(one.bytes)),
                megabytes(one.peak_bytes),
                megabytes(one.reader_peak_bytes),
            );
        }
        out
    }

    /// The same for programs, with the ratios.
    #[must_use]
    pub fn json(&self) -> Value {
        let each = self.translations.iter().map(|one| {
            let mut value = json!(one);
            value["ratio"] = one.ratio().into();
            if let Some(ratio) = one.ratio_by_name() {
                value["ratioByName"] = ratio.into();
            }
            value
        });
        json!({ "translations": each.collect::<Value>(), "memory": self.held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_bare_parse() {
        let read = Translation {
            mapping: "org/soort".to_owned(),
            format: "csv",
            to: "json",
            bytes: 10,
            elements: 1,
            bare_micros: 2.0,
            named_micros: Some(5.0),
            decode_micros: Some(1.0),
            map_micros: Some(2.0),
            validate_micros: Some(3.0),
            encode_micros: 4.0,
        };
        let written = Translation {
            named_micros: None,
            decode_micros: None,
            map_micros: None,
            validate_micros: None,
            ..read.clone()
        };
        let measured = Translated {
            translations: vec![read, written],
            held: vec![Held {
                mapping: "org/soort".to_owned(),
                format: "csv",
                rows: 100_000,
                bytes: 3 << 20,
                peak_bytes: Some(64 << 20),
                reader_peak_bytes: None,
            }],
        };
        assert_eq!(measured.json()["translations"][0]["ratio"], 5.0);
        assert_eq!(measured.json()["translations"][0]["ratioByName"], 2.0);
        assert!(
            measured.json()["translations"][1]
                .get("ratioByName")
                .is_none()
        );
        assert_eq!(measured.json()["memory"][0]["peakBytes"], 64 << 20);
        let table = measured.table(&|_, en| en);
        let figures = |row: usize, skipped: usize| {
            let row = table.lines().nth(row).expect("a row");
            let figures = row.split_whitespace().skip(skipped);
            figures.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(figures(1, 4), "2.0 0.5 1.0 1.5 2.0 5.0 2.0");
        assert_eq!(figures(2, 4), "2.0 - - - 2.0 2.0 -");
        assert_eq!(figures(5, 2), "100000 3 64 -");
    }
}
