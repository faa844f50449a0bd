use crate::document::Fault;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::hidden;
use crate::mapping::decode::nothing;
use crate::mapping::decode::row::Usage;
use crate::mapping::decode::row::has_something;
use crate::mapping::decode::row::no_sheet;
use crate::mapping::decode::row::unread_sheet;
use crate::mapping::decode::table::Rows;
use crate::mapping::decode::together::Runs;

/// Reads the sheets of a workbook block by block: all blocks together say what
/// [`Mapping::decode`](crate::mapping::Mapping::decode) says of the workbook at once, whatever rows are in which block.
/// Rows carry their own numbers; those without cells may be left out.
///
/// The elements come with the blocks, what is wrong with the file as a whole at the [end](Self::end): if that refuses it,
/// no element counts.
pub struct Book<'m> {
    reader: Reader<'m>,
    sheets: Vec<Sheet>,
    absent: Vec<Fault>,
    /// How many of the sheets are behind.
    behind: usize,
    /// Whether something was read.
    says: bool,
    runs: Runs,
}

/// A sheet that the mapping reads, or says something of.
struct Sheet {
    index: usize,
    name: Name,
    hidden: Option<Hidden>,
    usage: Usage,
    /// Whether there are rows; of a sheet that is not read, whether something stands in them.
    filled: bool,
    rows: Rows,
    seen: hidden::Seen,
    /// What is said of its header, and of what is below.
    begun: Vec<Fault>,
    below: Vec<Fault>,
}

impl<'m> Book<'m> {
    pub(crate) fn new(reader: Reader<'m>) -> Self {
        Self {
            reader,
            sheets: Vec::new(),
            absent: Vec::new(),
            behind: 0,
            says: false,
            runs: Runs::default(),
        }
    }

    /// Which sheets of a workbook the mapping reads or tells of, by their indices and in its order: their rows are what it
    /// is given.
    pub fn choose(&mut self, names: &[Name], hidden: &[Hidden]) -> Vec<usize> {
        let (picks, absent) = self.reader.picks(names, hidden);
        self.absent = absent;
        let sheet = |(index, usage): (usize, Usage)| Sheet {
            index,
            name: names[index].clone(),
            hidden: hidden.iter().find(|one| one.sheet == names[index]).cloned(),
            usage,
            filled: false,
            rows: Rows::default(),
            seen: hidden::Seen::default(),
            begun: Vec::new(),
            below: Vec::new(),
        };
        self.sheets = picks.into_iter().map(sheet).collect();
        self.sheets.iter().map(|sheet| sheet.index).collect()
    }

    /// What the next rows say, of a sheet by its index: elements and envelope.
    pub fn rows(&mut self, index: usize, rows: Vec<Node>) -> Decoded {
        let mut decoded = Decoded::default();
        let ahead = &self.sheets[self.behind..];
        let Some(ahead) = ahead.iter().position(|sheet| sheet.index == index) else {
            return decoded;
        };
        self.pass(self.behind + ahead, &mut decoded);
        if let Some(sheet) = self.sheets.get_mut(self.behind) {
            sheet.take(&self.reader, rows, &mut self.runs, &mut decoded);
        }
        self.note(decoded)
    }

    /// What is left to say when all rows were given.
    pub fn end(&mut self) -> Decoded {
        let mut decoded = Decoded::default();
        self.pass(self.sheets.len(), &mut decoded);
        let mut decoded = self.note(decoded);
        let skips = self.reader.plan.table.skip_hidden;
        let all = self.reader.plan.table.all;
        let there = || self.sheets.iter().filter(move |sheet| sheet.filled || !all);
        for sheet in there().filter(|sheet| sheet.usage != Usage::Unread) {
            if let Some(hidden) = &sheet.hidden {
                sheet.seen.report(hidden, skips, &mut decoded);
            }
        }
        if !there().any(|sheet| sheet.usage == Usage::Read) {
            decoded.faults.push(no_sheet());
            return decoded;
        }
        decoded.faults.append(&mut self.absent);
        let lost = there().filter(|sheet| sheet.usage == Usage::Unread && sheet.filled);
        decoded
            .faults
            .extend(lost.map(|sheet| unread_sheet(&sheet.name)));
        for sheet in there() {
            decoded.faults.extend(sheet.begun.iter().cloned());
        }
        if decoded.faults.iter().any(Fault::refuses) {
            return decoded;
        }
        for sheet in there() {
            decoded.faults.extend(sheet.below.iter().cloned());
        }
        if !self.says {
            decoded.faults.push(nothing(Place::Whole));
        }
        decoded
    }

    /// Ends the sheets before one.
    fn pass(&mut self, until: usize, decoded: &mut Decoded) {
        let all = self.reader.plan.table.all;
        for sheet in &mut self.sheets[self.behind..until] {
            if sheet.filled || !all {
                sheet.end(&self.reader, &mut self.runs, decoded);
            }
        }
        self.behind = until;
    }

    fn note(&mut self, decoded: Decoded) -> Decoded {
        self.says |= !decoded.elements.is_empty();
        decoded
    }
}

impl Sheet {
    fn take(
        &mut self,
        reader: &Reader<'_>,
        rows: Vec<Node>,
        runs: &mut Runs,
        decoded: &mut Decoded,
    ) {
        if self.usage == Usage::Unread {
            self.filled |= has_something(&rows);
            return;
        }
        self.filled |= !rows.is_empty();
        if let Some(hidden) = &self.hidden {
            for row in &rows {
                self.seen.note(hidden, row, row.at.line);
            }
        }
        self.read(reader, decoded, |rows_of, of, said| {
            rows_of.take(reader, of, rows, runs, said);
        });
    }

    fn end(&mut self, reader: &Reader<'_>, runs: &mut Runs, decoded: &mut Decoded) {
        self.read(reader, decoded, |rows, of, said| {
            rows.end(reader, of, runs, said);
        });
    }

    fn read(
        &mut self,
        reader: &Reader<'_>,
        decoded: &mut Decoded,
        read: impl FnOnce(&mut Rows, (Option<&Name>, Option<&Hidden>), (&mut Decoded, &mut Decoded)),
    ) {
        if self.usage != Usage::Read {
            return;
        }
        let hidden = self.hidden.as_ref();
        let hidden = hidden.filter(|_| reader.plan.table.skip_hidden);
        let (mut begun, mut below) = (Decoded::default(), Decoded::default());
        let of = (Some(&self.name), hidden);
        read(&mut self.rows, of, (&mut begun, &mut below));
        self.begun.append(&mut begun.faults);
        self.below.append(&mut below.faults);
        decoded.envelope.complete(below.envelope);
        decoded.elements.append(&mut below.elements);
    }
}
