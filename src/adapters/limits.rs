use serde::Deserialize;
use serde::Serialize;

/// What a file may cost. Every cap is a fault with a place, never a cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the file as sent.
    pub bytes: usize,
    /// How deep elements, objects and lists may nest; never more than 128 whatever stands here.
    pub depth: usize,
    /// Elements, attributes, values and cells together.
    pub nodes: usize,
    /// Attributes of one element, and namespaces in scope.
    pub attributes: usize,
    /// Members of one JSON object.
    pub members: usize,
    /// Rows of one table.
    pub rows: u32,
    /// Columns of one table.
    pub columns: u32,
    /// Bytes (UTF-8) of one text, name or cell.
    pub text: usize,
    /// Entries in the archive a workbook is.
    pub entries: usize,
    /// Bytes of all that archive's entries when unpacked.
    pub unpacked: u64,
    /// How many times larger than packed an entry may be; counts for entries over a megabyte.
    pub ratio: u64,
    /// Faults after which reading stops.
    pub faults: usize,
}

/// Rows, cells and bytes of a file that is read in pieces and never held as a whole.
const PIECES_ROWS: u32 = 1_000_000;
const PIECES_CELLS: usize = 100_000_000;
const PIECES_BYTES: usize = 1024 * 1024 * 1024;
/// Bytes of a workbook that is read in pieces: the process that reads it holds them.
const WORKBOOK_BYTES: usize = 128 * 1024 * 1024;

impl Limits {
    /// What a file may cost that is read in pieces: a million rows, a hundred million cells and a gigabyte, where a
    /// message may not have that. The caps on a cell's text and on columns stay as they are.
    #[must_use]
    pub fn in_pieces(&self) -> Self {
        Self {
            rows: self.rows.max(PIECES_ROWS),
            nodes: self.nodes.max(PIECES_CELLS),
            bytes: self.bytes.max(PIECES_BYTES),
            ..self.clone()
        }
    }

    /// The same for a workbook: 128 MB as it is sent, a gigabyte unpacked.
    #[must_use]
    pub fn workbook_in_pieces(&self) -> Self {
        Self {
            bytes: self.bytes.max(WORKBOOK_BYTES),
            unpacked: self.unpacked.max(PIECES_BYTES as u64),
            ..self.in_pieces()
        }
    }

    /// The depth that is kept, whatever the configuration says: the tree is walked recursively.
    pub(super) fn depth_kept(&self) -> usize {
        self.depth.min(128)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 25 * 1024 * 1024,
            depth: 64,
            nodes: 1_000_000,
            attributes: 256,
            members: 4096,
            rows: 100_000,
            columns: 512,
            text: 1024 * 1024,
            entries: 1000,
            unpacked: 150 * 1024 * 1024,
            ratio: 200,
            faults: 100,
        }
    }
}
