use crate::adapters;
use crate::adapters::Limits;
use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::CsvWire;
use crate::document::Document;
use crate::document::Fault;
use crate::document::FixedWire;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Sentence;
use crate::document::Value;
use crate::document::Wire;
use crate::mapping::Answered;
use crate::mapping::Case;
use crate::mapping::CaseFailure;
use crate::mapping::Decoded;
use crate::mapping::Given;
use crate::mapping::Mapping;
use crate::mapping::cases::json;
use crate::mapping::shown;
use serde_json::Value as Json;

impl Mapping {
    /// Runs the cases beside this mapping. `files` gives the bytes of a file by its path under `mappings/`.
    #[must_use]
    pub fn check_cases(&self, files: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<CaseFailure> {
        let mut failures = Vec::new();
        for case in self.cases() {
            for why in [
                self.check_inward(case, files),
                self.check_outward(case, files),
            ]
            .into_iter()
            .filter_map(Result::err)
            {
                failures.push(CaseFailure {
                    case: case.name.clone(),
                    why,
                });
            }
        }
        failures
    }

    fn check_inward(
        &self,
        case: &Case,
        files: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(), Sentence> {
        let Some(given) = &case.given else {
            return Ok(());
        };
        let bytes = self.bytes(given, files)?;
        let decoded = match adapters::decode_apart(&bytes, self.wire(), &Limits::default()) {
            Ok(document) => self.decode(&document),
            Err(faults) => Decoded {
                faults,
                ..Decoded::default()
            },
        };
        let all: Vec<&Fault> = decoded
            .faults
            .iter()
            .chain(decoded.elements.iter().flat_map(|element| &element.faults))
            .collect();
        check_faults(case, &all)?;
        check_rejected(case, decoded.answered.as_ref())?;
        let Some(expect) = &case.expect else {
            return Ok(());
        };
        let found: Vec<Json> = decoded
            .elements
            .iter()
            .map(|element| json(&element.bundle))
            .collect();
        let same = if case.partial {
            // an element that nobody expected is no part of one that was
            expect.len() == found.len()
                && expect
                    .iter()
                    .zip(&found)
                    .all(|(expect, found)| covers(expect, found))
        } else {
            *expect == found
        };
        if same {
            Ok(())
        } else {
            let (expect, found) = (Json::from(expect.clone()), Json::from(found));
            Err(Sentence::new(
                format!("verwacht  {expect}\ngevonden  {found}"),
                format!("expected  {expect}\nfound     {found}"),
            ))
        }
    }

    fn check_outward(
        &self,
        case: &Case,
        files: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(), Sentence> {
        let Some(bundles) = &case.bundles else {
            return Ok(());
        };
        let bundles = bundles.iter().map(bundle).collect::<Result<Vec<_>, _>>()?;
        let written = self.write(&case.bericht, &bundles);
        let unwritten = match case.faults {
            Some(_) => self.unwritten(&case.bericht, &bundles),
            None => Vec::new(),
        };
        let faults: Vec<&Fault> = written.faults.iter().chain(&unwritten).collect();
        if case.given.is_none() {
            check_faults(case, &faults)?;
        } else {
            // the faults of a case with both halves are those of its reading
            check_refusals(&faults)?;
        }
        let bytes = written.bytes.map_err(|error| told(&[error.fault()]))?;
        let Some(expected) = &case.document else {
            return Ok(());
        };
        // Compared as documents: line ends and indentation are the adapter's own matter.
        let read = |bytes: &[u8]| -> Result<Document, Sentence> {
            adapters::decode(bytes, self.wire(), &Limits::default())
                .map_err(|faults| told(&faults.iter().collect::<Vec<_>>()))
        };
        let (found, expected) = (read(&bytes)?, read(&self.bytes(expected, files)?)?);
        let envelopes = match (&found.envelope, &expected.envelope) {
            (Some(found), Some(expected)) => same(found, expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        if envelopes && same(&found.root, &expected.root) {
            Ok(())
        } else {
            let shown = shown::shown(&found, self.wire()).unwrap_or_default();
            Err(Sentence::new(
                format!("er kwam een ander document uit:\n{shown}"),
                format!("another document came out:\n{shown}"),
            ))
        }
    }

    /// The bytes of a document of a case, in the charset of the format.
    pub(crate) fn bytes(
        &self,
        given: &Given,
        files: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Sentence> {
        match given {
            Given::Text(text) => match self.wire() {
                Wire::Csv(CsvWire { encoding, .. }) | Wire::Fixed(FixedWire { encoding, .. }) => {
                    adapters::bytes_of(text, *encoding)
                        .map(std::borrow::Cow::into_owned)
                        .ok_or_else(|| {
                            Sentence::new(
                                "de tekst past niet in de tekenset van de mapping",
                                "the text is not in the mapping's encoding",
                            )
                        })
                }
                _ => Ok(text.clone().into_bytes()),
            },
            Given::File(path) => {
                let path = format!("{}/{path}", self.id().0);
                files(&path).ok_or_else(|| {
                    Sentence::new(
                        format!("het bestand mappings/{path} is er niet"),
                        format!("there is no file mappings/{path}"),
                    )
                })
            }
        }
    }
}

fn check_faults(case: &Case, found: &[&Fault]) -> Result<(), Sentence> {
    let Some(expected) = &case.faults else {
        return check_refusals(found);
    };
    let mut left: Vec<&&Fault> = found.iter().collect();
    for (code, location) in expected {
        let index = left.iter().position(|fault| {
            fault.code == code.as_str()
                && location
                    .as_ref()
                    .is_none_or(|location| *location == fault.place.location(Lang::Nl))
        });
        match index {
            Some(index) => {
                left.remove(index);
            }
            None => {
                return Err(headed(
                    &format!("de fout {code} werd verwacht; gevonden"),
                    &format!("the fault {code} was expected; found"),
                    &told(found),
                ));
            }
        }
    }
    if left.is_empty() {
        Ok(())
    } else {
        Err(headed(
            "meer fouten dan verwacht",
            "more faults than expected",
            &told(found),
        ))
    }
}

/// That a retour rejects what is expected, and nothing else.
fn check_rejected(case: &Case, answered: Option<&Answered>) -> Result<(), Sentence> {
    let Some(expected) = &case.rejected else {
        return Ok(());
    };
    let parts = answered.iter().flat_map(|one| &one.parts);
    let all = answered.iter().flat_map(|one| &one.whole);
    let all = all.chain(parts.flat_map(|(_, rejected)| rejected));
    let found: Vec<(String, Vec<String>)> = all
        .map(|one| (one.place.location(Lang::Nl), one.codes.clone()))
        .collect();
    if *expected == found {
        return Ok(());
    }
    Err(Sentence::new(
        format!("verwacht afgewezen  {expected:?}\ngevonden  {found:?}"),
        format!("expected rejected  {expected:?}\nfound     {found:?}"),
    ))
}

/// That nothing is refused.
fn check_refusals(found: &[&Fault]) -> Result<(), Sentence> {
    if found.iter().any(|fault| fault.refuses()) {
        let found = told(found);
        Err(headed("geweigerd", "refused", &found))
    } else {
        Ok(())
    }
}

fn headed(nl: &str, en: &str, found: &Sentence) -> Sentence {
    Sentence::new(
        format!("{nl}:\n{}", found.nl),
        format!("{en}:\n{}", found.en),
    )
}

/// Faults, one a line.
fn told(faults: &[&Fault]) -> Sentence {
    let lines = |lang| {
        let lines = faults.iter().map(|fault| {
            let place = fault.place.location(lang);
            format!("{} {place} {}", fault.code, fault.sentence.get(lang))
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    Sentence::new(lines(Lang::Nl), lines(Lang::En))
}

/// A bundle of a case.
pub(crate) fn bundle(json: &Json) -> Result<Bundle, Sentence> {
    let mut bundle = Bundle::default();
    for (name, record) in json.as_object().into_iter().flatten() {
        let kind = Kind::parse(name).ok_or_else(|| {
            Sentence::new(
                format!("de soort `{name}` bestaat niet"),
                format!("there is no kind `{name}`"),
            )
        })?;
        let record = record.as_object().ok_or_else(|| {
            Sentence::new(
                format!("`{name}` is geen record"),
                format!("`{name}` is no record"),
            )
        })?;
        bundle.records.insert(kind, record.clone());
    }
    Ok(bundle)
}

/// Whether everything that `expect` names is in `found`.
fn covers(expect: &Json, found: &Json) -> bool {
    match (expect, found) {
        (Json::Object(expect), Json::Object(found)) => expect
            .iter()
            .all(|(name, value)| found.get(name).is_some_and(|found| covers(value, found))),
        (expect, found) => expect == found,
    }
}

/// Whether two trees hold the same, wherever their parts stood.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((name, left), (other, right))| name == other && same(left, right))
        }
        (left, right) => left == right,
    }
}
