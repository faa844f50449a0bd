use crate::document::At;

/// Turns byte offsets into lines and columns. Offsets asked in rising order cost one pass over the text in all.
pub(super) struct Locator<'a> {
    text: &'a str,
    ascii: bool,
    line: u32,
    /// Where the next line feed stands; the text's length if there is none.
    next_feed: usize,
    /// The last offset asked on this line, and its column.
    seen: usize,
    column: u32,
}

impl<'a> Locator<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            ascii: text.is_ascii(),
            line: 1,
            next_feed: text.find('\n').unwrap_or(text.len()),
            seen: 0,
            column: 1,
        }
    }

    /// The place of an offset, which must be a character's start and not before the last one asked.
    pub(super) fn at(&mut self, offset: usize) -> At {
        while self.next_feed < offset {
            self.line = self.line.saturating_add(1);
            self.seen = self.next_feed + 1;
            self.column = 1;
            self.next_feed = self.text[self.seen..]
                .find('\n')
                .map_or(self.text.len(), |found| self.seen + found);
        }
        let passed = if self.ascii {
            offset - self.seen
        } else {
            self.text[self.seen..offset].chars().count()
        };
        self.column = self.column.saturating_add(clamp(passed));
        self.seen = offset;
        At::new(self.line, self.column)
    }
}

/// Line and column of the end of some bytes, in characters as far as they are UTF-8.
pub(super) fn end_of(bytes: &[u8]) -> At {
    let feeds = bytes.split(|byte| *byte == b'\n').count();
    let start = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |feed| feed + 1);
    let characters = String::from_utf8_lossy(&bytes[start..]).chars().count();
    At::new(clamp(feeds), clamp(characters + 1))
}

/// A count as it is shown; files that count further than this are over every cap.
pub(super) fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns_counted_in_characters() {
        let text = "één\r\n\ntwee ë x\nlaatste";
        let mut locator = Locator::new(text);
        for (part, line, column) in [
            ("één", 1, 1),
            ("n\r", 1, 3),
            ("\r", 1, 4),
            ("\ntwee", 2, 1),
            ("twee", 3, 1),
            ("ë x", 3, 6),
            ("x\n", 3, 8),
            ("laatste", 4, 1),
        ] {
            let offset = text.find(part).unwrap();
            assert_eq!(locator.at(offset), At::new(line, column), "{part:?}");
            assert_eq!(end_of(&text.as_bytes()[..offset]), At::new(line, column));
        }
        assert_eq!(locator.at(text.len()), At::new(4, 8));
    }
}
