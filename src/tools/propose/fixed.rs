//! Lines of fixed width of which nothing is agreed: where their fields stand, told by the positions that are blank in
//! every line.

use crate::document::At;
use crate::document::Document;
use crate::document::Format;
use crate::document::Node;
use crate::document::Value;

/// The shortest record; and of all lines so many, in percent, must be as long as it.
const LENGTH_MIN: usize = 10;
const MOST: usize = 60;
/// The longest record that a mapping can have.
const LENGTH_MAX: usize = 32_768;
/// Lines that are looked at.
const LINES: usize = 2_000;
/// How often a position is a space where people write: one in five.
const SPACE: f64 = 0.2;
/// Characters that tell the first and the last line apart from records, where they are digits.
const MARK: usize = 2;

/// What lines of fixed width look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub length: usize,
    /// How the first line begins, and the last one, where they are no records.
    pub header: Option<String>,
    pub trailer: Option<String>,
    /// The positions of each field, from 1, both included.
    pub slots: Vec<(usize, usize)>,
    /// Records that were looked at.
    pub records: usize,
    /// How sure it is that a position between two fields is blank by agreement, in percent.
    pub certainty: u8,
}

/// Whether lines are of one length for the most part.
pub(super) fn is_fixed(text: &str) -> bool {
    let lines: Vec<usize> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .map(|line| line.chars().count())
        .collect();
    lines.len() > 1 && length(&lines).is_some() && !is_table(text)
}

/// Whether a delimiter stands in every line, as often as in the others.
fn is_table(text: &str) -> bool {
    [';', ',', '\t', '|'].into_iter().any(|delimiter| {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let mut counts = lines
            .take(LINES)
            .map(|line| line.matches(delimiter).count());
        let first = counts.next().unwrap_or(0);
        first > 0 && counts.all(|count| count == first)
    })
}

/// The length that most lines have.
fn length(lines: &[usize]) -> Option<usize> {
    let times = |length: usize| lines.iter().filter(|other| **other == length).count();
    let most = lines.iter().copied().max_by_key(|length| times(*length))?;
    let fits = (LENGTH_MIN..=LENGTH_MAX).contains(&most);
    (fits && times(most) * 100 >= lines.len() * MOST).then_some(most)
}

/// The layout of lines, and their fields as a table without a header.
pub(super) fn cut(document: &Document) -> Option<(Layout, Document)> {
    let lines: Vec<Vec<char>> = document
        .root
        .items()
        .iter()
        .filter_map(Node::as_text)
        .filter(|line| !line.trim().is_empty())
        .take(LINES)
        .map(|line| line.chars().collect())
        .collect();
    let lengths: Vec<usize> = lines.iter().map(Vec::len).collect();
    let length = length(&lengths)?;
    let header = mark(lines.first()?, lines.get(1..).unwrap_or_default());
    let trailer = mark(
        lines.last()?,
        lines
            .get(usize::from(header.is_some())..lines.len() - 1)
            .unwrap_or_default(),
    );
    let to = lines.len() - usize::from(trailer.is_some());
    let records: Vec<&[char]> = lines
        .get(usize::from(header.is_some())..to)?
        .iter()
        .filter(|line| line.len() == length)
        .map(Vec::as_slice)
        .collect();
    let slots = slots(&records, length);
    let blank = SPACE.powi(i32::try_from(records.len()).unwrap_or(i32::MAX));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to 99
    let certainty = ((1.0 - blank).min(0.99) * 100.0).round() as u8;
    let rows = records.iter().map(|record| {
        let cells = slots.iter().map(|(from, to)| {
            let text: String = record[from - 1..*to].iter().collect();
            Node::new(At::default(), Value::Text(text.trim().into()))
        });
        Node::new(At::default(), Value::List(cells.collect()))
    });
    let table = Node::new(At::default(), Value::List(rows.collect()));
    let layout = Layout {
        length,
        header,
        trailer,
        records: records.len(),
        slots,
        certainty,
    };
    Some((layout, Document::new(Format::FixedWidth, table)))
}

/// The digits that a line begins with and no other does, while those all begin alike.
fn mark(line: &[char], others: &[Vec<char>]) -> Option<String> {
    let start = |line: &[char]| {
        line.get(..MARK)
            .map(|start| start.iter().collect::<String>())
    };
    let own = start(line)?;
    let digits = own.bytes().all(|byte| byte.is_ascii_digit());
    let between = others.len() > 1;
    let mut starts = others.iter().map(|other| start(other));
    // the other end of the file may be no record either
    let common = start(others.get(others.len() / 2)?)?;
    let alike = starts
        .by_ref()
        .filter(|other| other.as_ref() == Some(&common))
        .count();
    (digits && between && own != common && alike + 1 >= others.len()).then_some(own)
}

/// The runs of positions that are filled somewhere, and with each the blanks that are its padding.
fn slots(records: &[&[char]], length: usize) -> Vec<(usize, usize)> {
    let is_blank = |at: usize| records.iter().all(|record| record[at].is_whitespace());
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for at in (0..length).filter(|at| !is_blank(*at)) {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == at => *to = at,
            _ => runs.push((at, at)),
        }
    }
    let is_right = |(from, to): (usize, usize)| {
        let filled = records
            .iter()
            .filter(|record| record[from..=to].iter().any(|c| !c.is_whitespace()));
        let (mut flush, mut ragged) = (true, false);
        for record in filled {
            flush &= !record[to].is_whitespace();
            ragged |= record[from].is_whitespace();
        }
        flush && ragged
    };
    let mut found: Vec<(usize, usize)> = Vec::with_capacity(runs.len());
    for (index, run) in runs.iter().enumerate() {
        let before = found.last().map_or(0, |(_, to)| *to);
        // blanks before a number are its own; all others stand behind a text
        let from = if is_right(*run) || index == 0 {
            before + 1
        } else {
            run.0 + 1
        };
        if let (Some((_, to)), true) = (found.last_mut(), from > before + 1) {
            *to = from - 1;
        }
        found.push((from, run.1 + 1));
    }
    if let Some((_, to)) = found.last_mut() {
        *to = length;
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;

    fn layout(lines: &[&str]) -> Layout {
        let items = lines.iter().map(|line| Node::text(*line)).collect();
        let root = Node::made(Value::List(items));
        cut(&Document::new(Format::FixedWidth, root)).unwrap().0
    }

    #[test]
    fn fields_stand_between_the_positions_that_are_blank_in_every_line() {
        let found = layout(&[
            "00PROEF 20240401",
            "10 Jan de Vries      12  20240401",
            "10 Testpersoon      120  20240501",
            "10 de Boer            8          ",
            "99000003",
        ]);
        assert_eq!(found.length, 33);
        assert_eq!(found.slots, [(1, 3), (4, 15), (16, 25), (26, 33)]);
        assert_eq!(
            (found.header.as_deref(), found.trailer.as_deref()),
            (Some("00"), Some("99"))
        );
        assert_eq!((found.records, found.certainty), (3, 99));
    }

    #[test]
    fn few_lines_make_it_less_sure_and_lines_of_many_lengths_are_no_fixed_width() {
        let one = layout(&["12345 Jansen"]);
        assert_eq!((one.records, one.certainty), (1, 80));
        assert_eq!(one.slots, [(1, 6), (7, 12)]);
        assert!(is_fixed("0123456789\n0123456789\n\n"));
        assert!(!is_fixed("0123456789\n"));
        assert!(!is_fixed("0123456789\n01234567890\n012345678901\n"));
        assert!(!is_fixed("kort\nkort\n"));
        assert!(!is_fixed("12345;67890\n12345;67890\n"));
    }
}
