//! Writes elements as they come, where a format can be written so.

use crate::adapters;
use crate::canonical::Bundle;
use crate::cli::told::Failure;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Wire;
use crate::mapping::Encoded;
use crate::mapping::Keys;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::mapping::Unwritten;
use serde_json::Value as Json;
use std::io::Write;

/// Whether what a mapping writes can be written element by element: canonical JSON, and one file of rows.
pub(super) fn by_rows(to: &Mapping) -> bool {
    let rows = matches!(to.wire(), Wire::Csv(_) | Wire::Fixed(_));
    is_canonical(to) || rows && to.per() == Per::Message
}

/// The canonical mapping is nobody's.
fn is_canonical(mapping: &Mapping) -> bool {
    mapping.id().0.is_empty()
}

/// The bundles that a format takes, and the numbers of the others: what lacks something that it cannot do without is left
/// out, and what would be read as one with another; nothing else.
pub(super) fn fit(
    to: &Mapping,
    context: &Json,
    bundles: &[Bundle],
    numbers: &[usize],
) -> (Vec<Bundle>, Vec<usize>) {
    let doubles = to.doubles(context, bundles, &mut Keys::default());
    let whole = |bundle: &Bundle| {
        let alone = to.encode(context, std::slice::from_ref(bundle));
        !alone.faults.iter().any(Fault::refuses)
    };
    let (mut fit, mut left_out) = (Vec::new(), Vec::new());
    for (index, (bundle, double)) in bundles.iter().zip(doubles).enumerate() {
        if double.is_none() && whole(bundle) {
            fit.push(bundle.clone());
        } else {
            left_out.extend(numbers.get(index));
        }
    }
    (fit, left_out)
}

/// Says of what could not be written of some bundles which elements of the file they are.
pub(super) fn number<'f>(faults: impl IntoIterator<Item = &'f mut Fault>, numbers: &[usize]) {
    for fault in faults {
        let alone = (numbers.len() == 1).then_some(1);
        let index = fault.place.record().or(alone);
        if let Some(of) = index.and_then(|index| numbers.get(index - 1)) {
            fault.place.number(*of);
        }
    }
}

/// Writes one document, part by part.
pub(super) struct RowWriter<'a> {
    to: &'a Mapping,
    /// What the document says of itself with everything in it, and with what the format takes.
    head: &'a Json,
    context: &'a Json,
    /// How many elements there will be.
    total: usize,
    out: &'a mut dyn Write,
    /// How many there were, and the rows that they and what stands before them took.
    written: usize,
    rows: usize,
    /// What the mapping has no rule for.
    said: Unwritten,
    keys: Keys,
    /// The numbers of what could not be written.
    left_out: Vec<usize>,
}

impl<'a> RowWriter<'a> {
    pub(super) fn new(
        to: &'a Mapping,
        head: &'a Json,
        context: &'a Json,
        total: usize,
        out: &'a mut dyn Write,
    ) -> Self {
        Self {
            to,
            head,
            context,
            total,
            out,
            written: 0,
            rows: 0,
            said: Unwritten::default(),
            keys: Keys::default(),
            left_out: Vec::new(),
        }
    }

    /// The numbers of the elements that could not be written since this was asked.
    pub(super) fn left_out(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.left_out)
    }

    /// Writes the next elements, with their numbers in the file; gives what could not be written of them.
    pub(super) fn write(
        &mut self,
        bundles: &[Bundle],
        numbers: &[usize],
    ) -> Result<Vec<Fault>, Failure> {
        if bundles.is_empty() {
            return Ok(Vec::new());
        }
        if is_canonical(self.to) {
            self.items(bundles)?;
            return Ok(Vec::new());
        }
        let doubles = self.to.doubles(self.head, bundles, &mut self.keys);
        if doubles.iter().any(Option::is_some) {
            let (mut apart, mut kept, mut said) = (Vec::new(), Vec::new(), Vec::new());
            for ((bundle, of), double) in bundles.iter().zip(numbers).zip(doubles) {
                if let Some(mut double) = double {
                    double.place.number(*of);
                    said.push(double);
                    self.left_out.push(*of);
                } else {
                    apart.push(bundle.clone());
                    kept.push(*of);
                }
            }
            let mut written = self.apart(&apart, &kept)?;
            written.append(&mut said);
            return Ok(written);
        }
        self.apart(bundles, numbers)
    }

    /// Writes elements of which no two are one to whoever reads them.
    fn apart(&mut self, bundles: &[Bundle], numbers: &[usize]) -> Result<Vec<Fault>, Failure> {
        if bundles.is_empty() {
            return Ok(Vec::new());
        }
        let mut judged = self.encode(self.head, bundles);
        let named = self.said.named();
        self.to.unwritten_more(self.head, bundles, &mut self.said);
        number(self.said.since(named), numbers);
        number(&mut judged.faults, numbers);
        if judged.faults.iter().any(Fault::refuses) {
            let (fit, left_out) = fit(self.to, self.head, bundles, numbers);
            self.left_out.extend(left_out);
            if !fit.is_empty() {
                let encoded = self.encode(self.context, &fit);
                self.put(&encoded.document, fit.len())?;
            }
        } else if self.context == self.head {
            self.put(&judged.document, bundles.len())?;
        } else {
            let encoded = self.encode(self.context, bundles);
            self.put(&encoded.document, bundles.len())?;
        }
        Ok(judged.faults)
    }

    /// A document of the next elements, which begins with a header row only if it is the first.
    fn encode(&self, context: &Json, bundles: &[Bundle]) -> Encoded {
        let more = || self.to.encode_more(context, bundles);
        let encoded = (self.written > 0).then(more).flatten();
        encoded.unwrap_or_else(|| self.to.encode(context, bundles))
    }

    fn put(&mut self, document: &Document, count: usize) -> Result<(), Failure> {
        let bytes = adapters::encode_rows(document, self.to.wire(), self.rows)?;
        self.out.write_all(&bytes)?;
        self.written += count;
        self.rows += document.root.items().len();
        Ok(())
    }

    /// Items of a JSON list; of one element there is no list.
    fn items(&mut self, bundles: &[Bundle]) -> Result<(), Failure> {
        for bundle in bundles {
            if self.total > 1 {
                let before = if self.written == 0 { b"[" } else { b"," };
                self.out.write_all(before)?;
            }
            let bundle = std::slice::from_ref(bundle);
            let encoded = self.to.encode(self.head, bundle);
            let bytes = adapters::encode(&encoded.document, self.to.wire())?;
            self.out.write_all(&bytes)?;
            self.written += 1;
        }
        Ok(())
    }

    /// Writes what comes behind the last element; gives how many were written, and what no rule writes.
    pub(super) fn end(self) -> Result<(usize, Vec<Fault>), Failure> {
        if is_canonical(self.to) && self.total > 1 {
            self.out.write_all(b"]")?;
        }
        Ok((self.written, self.said.end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::Limits;
    use crate::app::MappingSource;
    use crate::canonical::Kind;
    use crate::cli::convert::Parties;
    use crate::cli::convert::written;
    use crate::cli::report::Whole;
    use crate::document::Lang;
    use crate::mapping::Envelope;
    use crate::schema::Schemas;
    use crate::tools::Outcome;
    use serde_json::json;

    const LOGBOEK: &[u8] = include_bytes!("../../mappings/aanbieder-a/voorbeelden/logboek.csv");

    /// Writes bundles by blocks; gives how many were written, and what is said of them.
    fn written_by(
        size: usize,
        to: &Mapping,
        (head, context): (&Json, &Json),
        bundles: &[Bundle],
        out: &mut dyn Write,
    ) -> (usize, Vec<Fault>) {
        let mut writer = RowWriter::new(to, head, context, bundles.len(), out);
        let mut said = Vec::new();
        let numbers: Vec<usize> = (1..=bundles.len()).collect();
        for (block, numbers) in bundles.chunks(size).zip(numbers.chunks(size)) {
            said.extend(writer.write(block, numbers).expect("written"));
        }
        let (count, lacking) = writer.end().expect("written");
        said.extend(lacking);
        (count, said)
    }

    #[test]
    fn blocks_of_any_size_are_written_as_the_whole_is() {
        let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
        let library = MappingSource::new(None).compile(&schemas, Lang::En);
        let library = library.expect("the shipped mappings are tested elsewhere");
        let from = library.get("aanbieder-a", "logboek").expect("shipped");
        let document = adapters::decode(LOGBOEK, from.wire(), &Limits::default());
        let decoded = from.decode(&document.expect("the example is well-formed"));
        let one = decoded.elements.into_iter().map(|element| element.bundle);
        let mut all: Vec<Bundle> = one.cycle().take(20).collect();
        // without an order number UWV takes no hours
        for (index, bundle) in all
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| index % 3 > 0)
        {
            let order = bundle.record_mut(Kind::Opdracht);
            order.insert("ordernummer".to_owned(), format!("4500{index:06}").into());
        }
        let uren = library.get("uwv", "uren").expect("shipped");
        let srg = library.get("gemeente-voorbeeldstad", "srg");
        for to in [library.canonical(), uren, srg.expect("shipped")] {
            assert!(by_rows(to));
            for count in [1, 2, 20] {
                let mut whole = Whole {
                    outcome: Outcome::default(),
                    envelope: Envelope::default(),
                    taken: all[..count].to_vec(),
                    numbers: (1..=count).collect(),
                };
                let expected = written(&mut whole, to, &Parties::default())
                    .expect("written")
                    .concat();
                for size in [1, 2, 7, 20] {
                    let head = json!({"id": "m-1", "aantal": count});
                    let mut context = head.clone();
                    let mut dry = std::io::sink();
                    let (fit, _) = written_by(size, to, (&head, &context), &whole.taken, &mut dry);
                    context["aantal"] = fit.into();
                    let mut out = Vec::new();
                    let (_, said) = written_by(size, to, (&head, &context), &whole.taken, &mut out);
                    assert_eq!(out, expected, "{to:?}, {count} by {size}");
                    assert_eq!(said, whole.outcome.unwritten(), "{to:?}, {count} by {size}");
                }
                assert!(count < 20 || to.main() != Kind::Logboekregel || !expected.is_empty());
            }
        }
        let verwijzing = library.get("gemeente-voorbeeldstad", "verwijzing");
        assert!(
            !by_rows(verwijzing.expect("shipped")),
            "XML is written at once"
        );
    }
}
