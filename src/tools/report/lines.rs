use crate::adapters;
use crate::adapters::EncodeError;
use crate::document::CsvWire;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Severity;
use crate::document::Value;
use crate::document::Wire;
use crate::tools::report::Listed;
use crate::tools::report::Outcome;
use crate::tools::report::word;

/// What a spreadsheet program takes for a formula when a text begins with it.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// What tells such a program that it is UTF-8.
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The headers of the table of faults.
pub(super) const fn headers(lang: Lang) -> [&'static str; 10] {
    match lang {
        Lang::Nl => [
            "Bestand", "Element", "Uitkomst", "Plaats", "Rij", "Regel", "Kolom", "Code", "Ernst",
            "Melding",
        ],
        Lang::En => [
            "File", "Element", "Outcome", "Place", "Row", "Line", "Column", "Code", "Severity",
            "Sentence",
        ],
    }
}

/// The cells of one fault, in the order of the headers.
pub(super) fn cells(
    outcome: &Outcome,
    element: Option<&Listed>,
    fault: &Fault,
    lang: Lang,
) -> [String; 10] {
    let refused = element.map_or_else(|| fault.refuses(), |element| !element.taken);
    let left_out = element.is_some_and(|element| element.left_out);
    let count = |number: u32| {
        if number > 0 {
            number.to_string()
        } else {
            String::new()
        }
    };
    let (at, row) = (fault.place.at(), fault.place.row());
    let line = at.filter(|_| row.is_none());
    let of = element.map_or_else(|| fault.place.record(), |element| Some(element.number));
    [
        outcome.file.clone(),
        of.map_or_else(String::new, |number| number.to_string()),
        if left_out {
            word(lang, "niet geschreven", "not written")
        } else {
            outcome_word(refused, lang)
        }
        .to_owned(),
        fault.place.location(lang),
        row.map_or_else(String::new, count),
        line.map_or_else(String::new, |at| count(at.line)),
        at.map_or_else(String::new, |at| count(at.column)),
        fault.code.to_string(),
        severity_word(fault.severity, lang).to_owned(),
        fault.sentence.get(lang).to_owned(),
    ]
}

const fn outcome_word(refused: bool, lang: Lang) -> &'static str {
    match (refused, lang) {
        (true, Lang::Nl) => "geweigerd",
        (true, Lang::En) => "refused",
        (false, Lang::Nl) => "opgenomen",
        (false, Lang::En) => "taken",
    }
}

const fn severity_word(severity: Severity, lang: Lang) -> &'static str {
    match (severity, lang) {
        (Severity::Refused, Lang::Nl) => "weigering",
        (Severity::Refused, Lang::En) => "refusal",
        (Severity::Remark, Lang::Nl) => "opmerking",
        (Severity::Remark, Lang::En) => "remark",
    }
}

/// The counts in one sentence, and what is not listed in another.
pub(super) fn summary(outcome: &Outcome, lang: Lang) -> String {
    let tally = outcome.tally();
    let (taken, remarked, refused) = (tally.taken, tally.remarked, tally.refused);
    let counts = match lang {
        Lang::Nl => {
            format!("{taken} opgenomen, waarvan {remarked} met opmerkingen; {refused} geweigerd.")
        }
        Lang::En => format!("{taken} taken, {remarked} of them with remarks; {refused} refused."),
    };
    let left_out = match (tally.left_out, lang) {
        (0, _) => String::new(),
        (count, Lang::Nl) => format!(" {count} niet geschreven."),
        (count, Lang::En) => format!(" {count} not written."),
    };
    match outcome.shortened(lang) {
        Some(shortened) => format!("{counts}{left_out} {shortened}"),
        None => counts + &left_out,
    }
}

/// The faults as CSV for a spreadsheet program (UTF-8, semicolons): one row for each, then one with the counts. No cell
/// can be taken for a formula.
pub fn csv(outcome: &Outcome, lang: Lang) -> Result<Vec<u8>, EncodeError> {
    let mut rows = vec![row(&headers(lang))];
    for (element, fault) in outcome.faults() {
        rows.push(row(&cells(outcome, element, fault, lang)));
    }
    let word = match lang {
        Lang::Nl => "samenvatting",
        Lang::En => "summary",
    };
    let mut last = [""; 10].map(str::to_owned);
    last[0].clone_from(&outcome.file);
    word.clone_into(&mut last[8]);
    last[9] = summary(outcome, lang);
    rows.push(row(&last));
    let wire = Wire::Csv(CsvWire::default());
    let root = Node::made(Value::List(rows));
    let document = crate::document::Document::new(crate::document::Format::Csv, root);
    let mut bytes = UTF8_MARK.to_vec();
    bytes.extend(adapters::encode(&document, &wire)?);
    Ok(bytes)
}

fn row(cells: &[impl AsRef<str>]) -> Node {
    let cells = cells.iter().map(|cell| Node::text(literal(cell.as_ref())));
    Node::made(Value::List(cells.collect()))
}

/// A text that no program takes for a formula.
fn literal(text: &str) -> String {
    if text.starts_with(FORMULA_STARTS) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn no_text_begins_as_a_formula() {
        for (text, shown) in [
            ("=1+1", "'=1+1"),
            ("+31", "'+31"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(literal(text), shown);
        }
    }
}
