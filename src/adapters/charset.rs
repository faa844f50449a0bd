use crate::adapters::error::Refused;
use crate::adapters::locate::end_of;
use crate::document::At;
use crate::document::Charset;
use crate::document::Fault;
use crate::document::Place;
use encoding_rs::Encoding;
use std::borrow::Cow;

/// The byte order mark of UTF-8, which some programs put at the start of a file.
pub(super) const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The name people know an encoding by.
const fn name(encoding: Charset) -> &'static str {
    match encoding {
        Charset::Utf8 => "UTF-8",
        Charset::Windows1252 => "Windows-1252",
        Charset::Latin1 => "ISO-8859-1",
    }
}

/// What stands in a text where there are bytes that mean nothing in its encoding.
const GAP: char = '\u{FFFD}';

/// The text of a file, and where in it there are bytes that mean nothing in its encoding.
#[derive(Default)]
pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    /// Offsets in the text, rising.
    gaps: Vec<usize>,
}

impl Text<'_> {
    /// The text itself, unless it has more than `most` of such bytes.
    fn with_few_gaps(self, encoding: Charset, most: usize) -> Result<Self, Refused> {
        match self.gaps.first() {
            Some(first) if self.gaps.len() > most => {
                let at = end_of(&self.text.as_bytes()[..*first]);
                Err(not_in(name(encoding), Place::Text { at }))
            }
            _ => Ok(self),
        }
    }

    /// Whether a part of the text holds such bytes.
    pub(super) fn has_gap(&self, from: usize, to: usize) -> bool {
        let first = self.gaps.partition_point(|gap| *gap < from);
        self.gaps.get(first).is_some_and(|gap| *gap < to)
    }

    /// Adds what comes after it.
    pub(super) fn append(&mut self, next: &Text<'_>) {
        let before = self.text.len();
        self.gaps.extend(next.gaps.iter().map(|gap| before + gap));
        self.text.to_mut().push_str(&next.text);
    }

    /// Forgets its beginning.
    pub(super) fn forget(&mut self, bytes: usize) {
        self.text.to_mut().drain(..bytes);
        self.gaps.retain(|gap| *gap >= bytes);
        for gap in &mut self.gaps {
            *gap -= bytes;
        }
    }
}

/// The text of a file of rows in the encoding that was agreed. A few bytes that mean nothing are the rows' own matter;
/// a file with more than `most` of them, or that is all in another encoding, is refused.
pub(super) fn text_of(bytes: &[u8], encoding: Charset, most: usize) -> Result<Text<'_>, Refused> {
    let mut parts = Parts::new(encoding, most);
    let text = parts.text(bytes);
    parts.verdict().map(|()| text)
}

/// The text of a file of rows that comes in parts, each but the last with a line end behind it: no encoding has those
/// bytes within a character.
pub(super) struct Parts {
    agreed: Charset,
    /// What it is read as, once its first bytes were seen.
    encoding: Option<Charset>,
    most: usize,
    /// Whether it begins as UTF-16 does.
    wide: bool,
    /// Whether all bytes so far are ASCII, and whether they are UTF-8.
    ascii: bool,
    utf8: bool,
    /// How many bytes mean nothing, and where the first stands.
    gaps: usize,
    first: Option<At>,
    /// Where the next part begins.
    at: At,
}

impl Parts {
    pub(super) const fn new(agreed: Charset, most: usize) -> Self {
        Self {
            agreed,
            encoding: None,
            most,
            wide: false,
            ascii: true,
            utf8: true,
            gaps: 0,
            first: None,
            at: At::new(1, 1),
        }
    }

    /// The text of the next part.
    pub(super) fn text<'a>(&mut self, part: &'a [u8]) -> Text<'a> {
        let mut bytes = part;
        let encoding = *self.encoding.get_or_insert_with(|| {
            self.wide = part.starts_with(b"\xFF\xFE") || part.starts_with(b"\xFE\xFF");
            bytes = part.strip_prefix(UTF8_MARK).unwrap_or(part);
            // A byte order mark leaves no doubt, whatever was agreed.
            if bytes.len() < part.len() {
                Charset::Utf8
            } else {
                self.agreed
            }
        });
        let text = match encoding {
            Charset::Utf8 => with_gaps(bytes),
            Charset::Windows1252 => in_1252(bytes),
            Charset::Latin1 => in_latin_1(bytes),
        };
        if encoding != Charset::Utf8 && self.utf8 {
            self.ascii &= bytes.is_ascii();
            self.utf8 = std::str::from_utf8(bytes).is_ok();
        }
        let gap = text.gaps.first();
        if let (Some(gap), None) = (gap, self.first) {
            self.first = Some(self.after(&text.text[..*gap]));
        }
        self.gaps += text.gaps.len();
        text
    }

    /// Goes on behind a part, to the next.
    pub(super) fn pass(&mut self, part: &Text<'_>) {
        self.at = self.after(&part.text);
    }

    /// Where a piece of text ends that begins where the part does.
    fn after(&self, text: &str) -> At {
        let end = end_of(text.as_bytes());
        if end.line == 1 {
            At::new(self.at.line, self.at.column.saturating_add(end.column - 1))
        } else {
            At::new(self.at.line.saturating_add(end.line - 1), end.column)
        }
    }

    /// Why a file that consists of the parts so far is refused.
    pub(super) fn verdict(&self) -> Result<(), Refused> {
        if self.wide {
            return Err(not_in(name(self.agreed), Place::Whole));
        }
        let encoding = self.encoding.unwrap_or(self.agreed);
        if encoding != Charset::Utf8 && !self.ascii && self.utf8 {
            return Err(looks_like_utf8(name(self.agreed)));
        }
        match self.first {
            Some(at) if self.gaps > self.most => Err(not_in(name(self.agreed), Place::Text { at })),
            _ => Ok(()),
        }
    }
}

fn with_gaps(bytes: &[u8]) -> Text<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Text {
            text: Cow::Borrowed(text),
            gaps: Vec::new(),
        };
    }
    let mut text = String::with_capacity(bytes.len());
    let mut gaps = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            gaps.push(text.len());
            text.push(GAP);
        }
    }
    Text {
        text: Cow::Owned(text),
        gaps,
    }
}

/// Its five bytes without a character are gaps, where other programs guess.
fn in_1252(bytes: &[u8]) -> Text<'_> {
    let means = |byte: u8| !matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D);
    let decode = |bytes| {
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
        text
    };
    of_bytes(bytes, means, decode)
}

/// What it has for control characters are letters and marks of Windows-1252 in practice: which, is not guessed.
fn in_latin_1(bytes: &[u8]) -> Text<'_> {
    let means = |byte: u8| !matches!(byte, 0x80..=0x9F);
    of_bytes(bytes, means, encoding_rs::mem::decode_latin1)
}

/// Text in which every byte is a character, or none.
fn of_bytes<'a>(
    bytes: &'a [u8],
    means: impl Fn(u8) -> bool,
    decode: impl Fn(&'a [u8]) -> Cow<'a, str>,
) -> Text<'a> {
    if bytes.iter().all(|byte| means(*byte)) {
        return Text {
            text: decode(bytes),
            gaps: Vec::new(),
        };
    }
    let mut text = String::with_capacity(bytes.len());
    let mut gaps = Vec::new();
    for (index, piece) in bytes.split(|byte| !means(*byte)).enumerate() {
        if index > 0 {
            gaps.push(text.len());
            text.push(GAP);
        }
        text.push_str(&decode(piece));
    }
    Text {
        text: Cow::Owned(text),
        gaps,
    }
}

/// The bytes of a text in an encoding; none if it has not all the characters.
pub(crate) fn bytes_of(text: &str, encoding: Charset) -> Option<Cow<'_, [u8]>> {
    match encoding {
        Charset::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
        Charset::Windows1252 => {
            // Five C1 control characters would become bytes that have no character.
            let unassigned = |c| matches!(c, '\u{81}' | '\u{8D}' | '\u{8F}' | '\u{90}' | '\u{9D}');
            let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(text);
            (!lossy && !text.contains(unassigned)).then_some(bytes)
        }
        Charset::Latin1 => {
            let has = |c: char| c <= '\u{FF}' && !matches!(c, '\u{80}'..='\u{9F}');
            (text.chars().all(has)).then(|| encoding_rs::mem::encode_latin1_lossy(text))
        }
    }
}

/// Accented letters of one byte are not valid UTF-8 but by rare accident, so that a file that is all valid is in no
/// such encoding; read as such every `é` would be stored as two other characters.
fn looks_like_utf8(agreed: &str) -> Refused {
    Box::new(Fault::refused(
        "bestand.tekenset",
        Place::Whole,
        format!(
            "Het bestand is UTF-8, terwijl {agreed} is afgesproken. Sla het op als {agreed}, of als UTF-8 met byte order mark."
        ),
        format!(
            "The file is UTF-8, where {agreed} was agreed. Save it as {agreed}, or as UTF-8 with a byte order mark."
        ),
    ))
}

/// Text that must be UTF-8, without its byte order mark.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Refused> {
    let rest = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    std::str::from_utf8(rest).map_err(|error| {
        let at = end_of(&rest[..error.valid_up_to()]);
        not_in("UTF-8", Place::Text { at })
    })
}

/// Text in Windows-1252 that is read whole. Its five bytes without a character are refused, where other programs guess.
pub(super) fn windows_1252(bytes: &[u8]) -> Result<Cow<'_, str>, Refused> {
    let text = in_1252(bytes).with_few_gaps(Charset::Windows1252, 0)?;
    Ok(text.text)
}

/// Text in another encoding.
pub(super) fn other<'a>(
    bytes: &'a [u8],
    encoding: &'static Encoding,
) -> Result<Cow<'a, str>, Refused> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| not_in(encoding.name(), Place::Whole))
}

/// Bytes that are not text in the encoding the file is said to be in.
pub(super) fn not_in(encoding: &str, place: Place) -> Refused {
    Box::new(Fault::refused(
        "bestand.tekenset",
        place,
        format!(
            "Hier staan bytes die geen {encoding} zijn. Sla het bestand op in de afgesproken tekenset ({encoding}) en stuur het opnieuw."
        ),
        format!(
            "There are bytes here that are not {encoding}. Save the file in the agreed encoding ({encoding}) and send it again."
        ),
    ))
}
