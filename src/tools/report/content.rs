//! What the file says, as sheets of the report.

use crate::document::Format as Family;
use crate::document::Lang;
use crate::mapping::Mapping;
use crate::tools::report::Outcome;
use crate::tools::report::fixed;
use crate::tools::report::marks::Marks;
use crate::tools::report::marks::WIDTH_MAX;
use crate::tools::report::table;
use crate::tools::report::tree;
use crate::tools::report::word;
use crate::tools::sheets;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

/// Most cells that are copied of a file; of a longer one only what something is said of.
pub const COPIED_MAX: usize = 100_000;
/// Most cells that are copied of a longer one.
pub(super) const SAID_MAX: usize = 50_000;
/// Most comments: each costs a spreadsheet program far more than a cell.
const COMMENTS_MAX: usize = 1_000;

/// The sheets that were written, and what is still to be said of them.
pub(super) struct Content<'b> {
    book: &'b mut Workbook,
    pub(super) lang: Lang,
    /// The names of the sheets.
    names: Vec<String>,
    /// Cells that there is still room for.
    pub(super) left: usize,
    /// Whether only what something is said of was copied, and how much of that was not.
    part: Option<usize>,
    /// Comments that there is still room for, and whether there was none for some.
    comments: usize,
    silent: bool,
}

impl<'b> Content<'b> {
    /// Writes what the file says, as far as it could be read.
    pub(super) fn write(
        book: &'b mut Workbook,
        outcome: &Outcome,
        mapping: &Mapping,
        lang: Lang,
    ) -> Result<(Vec<String>, Vec<String>), XlsxError> {
        let mut content = Self {
            book,
            lang,
            names: Vec::new(),
            left: COPIED_MAX,
            part: None,
            comments: COMMENTS_MAX,
            silent: false,
        };
        if let Some(document) = &outcome.document {
            match document.format {
                Family::Csv | Family::Excel => {
                    table::write(&mut content, outcome, document, mapping)?;
                }
                Family::FixedWidth => fixed::write(&mut content, outcome, document, mapping)?,
                Family::Xml | Family::Json => {
                    tree::write(&mut content, outcome, document, mapping)?;
                }
            }
            if let Some(root) = &document.envelope {
                tree::envelope(&mut content, outcome, root, mapping)?;
            }
        }
        let said = content.said();
        Ok((content.names, said))
    }

    /// A new sheet, with a name that a workbook can have and that is free.
    pub(super) fn sheet(&mut self, name: &str) -> Result<Worksheet, XlsxError> {
        let name = sheets::free(&sheets::allowed(name), &self.names);
        let mut worksheet = Worksheet::new();
        worksheet.set_name(&name)?;
        self.names.push(name);
        Ok(worksheet)
    }

    /// Adds a sheet that was written.
    pub(super) fn push(&mut self, mut worksheet: Worksheet) {
        worksheet.set_autofit_max_width(WIDTH_MAX).autofit();
        self.book.push_worksheet(worksheet);
    }

    /// Takes room for some cells, if there is.
    pub(super) fn takes(&mut self, cells: usize) -> bool {
        let rest = self.left.checked_sub(cells);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }

    /// Notes that only what something is said of is copied, and that there was no room for some of it.
    pub(super) fn only_said(&mut self, dropped: usize) {
        self.left = self.left.min(SAID_MAX);
        *self.part.get_or_insert(0) += dropped;
    }

    /// Keeps as many comments as there is room for.
    pub(super) fn comments(&mut self, mut marks: Marks) -> Marks {
        self.silent |= marks.keep_comments(&mut self.comments);
        marks
    }

    /// The same, if there was no room.
    pub(super) fn only_dropped(&mut self, dropped: usize) {
        if dropped > 0 {
            self.only_said(dropped);
        }
    }

    fn said(&self) -> Vec<String> {
        let silent = match self.lang {
            Lang::Nl => format!(
                "Alleen de eerste {COMMENTS_MAX} cellen hebben een opmerking; alle meldingen staan op het blad met meldingen."
            ),
            Lang::En => format!(
                "Only the first {COMMENTS_MAX} cells have a comment; everything is on the sheet with faults."
            ),
        };
        let silent = Some(silent).filter(|_| self.silent);
        let Some(dropped) = self.part else {
            return silent.into_iter().collect();
        };
        let part = word(
            self.lang,
            "Alleen waarover iets gemeld is, is overgenomen: het bestand is te lang om helemaal over te nemen.",
            "Only what something is said of was copied: the file is too long to copy all of it.",
        );
        let short = match self.lang {
            Lang::Nl => format!(
                "Van {dropped} regels waarover iets gemeld is was geen plaats meer: hooguit {SAID_MAX} cellen worden overgenomen."
            ),
            Lang::En => format!(
                "For {dropped} lines that something is said of there was no room: at most {SAID_MAX} cells are copied."
            ),
        };
        let short = Some(short).filter(|_| dropped > 0);
        let all = std::iter::once(part.to_owned()).chain(short);
        all.chain(silent).collect()
    }
}
