//! What is put in a place instead of what belongs there.

use schakel::document::Format;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Value;

/// What stands in the bytes where bytes are put that no writer would write.
pub(crate) const TOKEN: &str = "QZXJQTOKENQJXZQ";
/// Words that stand in no list.
const FOREIGN: &str = "Zomaar iets anders";

/// Something odd.
#[derive(Clone)]
pub(crate) struct Odd {
    pub what: &'static str,
    pub value: Value,
    /// Put beside what is there instead of in its place.
    pub twice: bool,
    /// Bytes that stand for [`TOKEN`].
    pub raw: Option<&'static [u8]>,
    /// Every text that is sent by it.
    pub sent: Vec<String>,
    /// How much of what was there it still is.
    pub keeps: Keeps,
    /// Whether it must be said, even if it is taken.
    pub said: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Keeps {
    /// Nothing.
    Nothing,
    /// Its letters: a codec may take it for the same.
    Letters,
    /// What it means, to whoever reads it.
    All,
}

fn odd(what: &'static str, value: Value, sent: &[&str]) -> Odd {
    Odd {
        what,
        value,
        twice: false,
        raw: None,
        sent: sent.iter().map(|text| (*text).to_owned()).collect(),
        keeps: Keeps::Nothing,
        said: false,
    }
}

fn text(what: &'static str, text: &str) -> Odd {
    odd(what, Value::Text(text.into()), &[text])
}

/// Everything odd for one place of a format.
pub(crate) fn for_place(
    format: Format,
    node: &Node,
    attribute: bool,
    width: Option<usize>,
) -> Vec<Odd> {
    let scalar = !matches!(node.value, Value::Map(_) | Value::List(_));
    let own = match &node.value {
        Value::Bool(value) => value.to_string(),
        _ => node.as_text().unwrap_or_default().to_owned(),
    };
    let mut found = vec![
        odd("empty", Value::Text("".into()), &[]),
        odd("blank", Value::Text(" \t ".into()), &[]),
        text("outside its list", FOREIGN),
        text("a number", "12345"),
        text("a formula", "=1+1"),
    ];
    if scalar {
        found.extend([
            text("a negative number", "-1"),
            text("a number without end", "99999999999999999999999"),
            text("too long", "lang ".repeat(3000).trim()),
            text("a lost letter", "Van \u{FFFD}den"),
        ]);
        found.extend(spellings(&own));
    }
    match format {
        Format::Xml => found.extend(of_xml(node, attribute)),
        Format::Json => found.extend(of_json(node)),
        Format::Excel => found.extend([
            odd("nothing", Value::Null, &[]),
            odd(
                "a formula without result",
                Value::Unreadable("formule".into()),
                &["#"],
            ),
            odd("an error", Value::Unreadable("#N/A".into()), &["#"]),
            odd(
                "a date cell",
                Value::Moment("45323".into()),
                &["2024-02-01"],
            ),
            odd("yes", Value::Bool(true), &["true"]),
            odd("a number cell", Value::Number("12345".into()), &["12345"]),
            odd(
                "a date typed as a number",
                Value::Number("1042024".into()),
                &["1042024"],
            ),
            odd("half", Value::Number("0.5".into()), &["0.5"]),
        ]),
        Format::Csv => found.extend([
            raw("a zero byte", b"\0"),
            raw("bytes of another encoding", b"\xE9\x81\xFF"),
        ]),
        Format::FixedWidth => found.push(raw("bytes of another encoding", b"\xE9\x81\xFF")),
    }
    if let Some(width) = width {
        for odd in &mut found {
            if let Value::Text(text) = &odd.value {
                let missing = width.saturating_sub(text.chars().count());
                let padded = format!("{text}{}", " ".repeat(missing));
                odd.value = Value::Text(padded.into());
            }
        }
    }
    found
}

/// Other spellings of what is there.
fn spellings(own: &str) -> Vec<Odd> {
    let bare = own.trim();
    if bare.is_empty() {
        return Vec::new();
    }
    let like = |what, written: String, keeps, said| Odd {
        keeps,
        said,
        ..text(what, &written)
    };
    let swapped: String = bare
        .chars()
        .map(|c| {
            if c.is_uppercase() {
                c.to_lowercase().next().unwrap_or(c)
            } else {
                c.to_uppercase().next().unwrap_or(c)
            }
        })
        .collect();
    let first = bare.chars().next().map_or(0, char::len_utf8);
    let within = |what: &str| format!("{}{what}{}", &bare[..first], &bare[first..]);
    let mut found = vec![
        like(
            "spaces around it",
            format!(" \u{A0}{bare} \t"),
            Keeps::All,
            false,
        ),
        like("a control character", within("\u{1}"), Keeps::Nothing, true),
        like(
            "a control character of another set",
            within("\u{85}"),
            Keeps::Nothing,
            true,
        ),
        like(
            "an invisible character",
            within("\u{200B}"),
            Keeps::Letters,
            true,
        ),
        like(
            "a mark at its start",
            format!("\u{FEFF}{bare}"),
            Keeps::Letters,
            true,
        ),
    ];
    if swapped != bare {
        found.push(like("other capitals", swapped, Keeps::Letters, false));
    }
    let apart = taken_apart(bare);
    if apart != bare {
        found.push(like("accents on their own", apart, Keeps::All, false));
    }
    found
}

/// Letters with their accents as characters of their own.
fn taken_apart(text: &str) -> String {
    let pairs = [
        ('é', "e\u{301}"),
        ('ë', "e\u{308}"),
        ('ï', "i\u{308}"),
        ('ö', "o\u{308}"),
        ('ü', "u\u{308}"),
        ('è', "e\u{300}"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |text, (one, two)| text.replace(*one, two))
}

fn raw(what: &'static str, bytes: &'static [u8]) -> Odd {
    Odd {
        raw: Some(bytes),
        said: true,
        ..text(what, &format!("a{TOKEN}"))
    }
}

fn twice(node: &Node) -> Odd {
    let sent: Vec<&str> = node
        .as_text()
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    Odd {
        twice: true,
        ..odd("there twice", node.value.clone(), &sent)
    }
}

fn of_xml(node: &Node, attribute: bool) -> Vec<Odd> {
    let mut found = vec![
        raw("a control character of XML", b"&#1;"),
        raw("a control character as it is", b"\x02"),
        raw("a zero byte", b"\0"),
        raw("bytes of another encoding", b"\xE9\xFF"),
        raw("an entity that is none", b"&eacute;"),
    ];
    if !attribute {
        let inner = Node::made(Value::Text(FOREIGN.into()));
        let parts = Value::Map(vec![(Name::from("iets"), inner)]);
        found.push(odd("parts", parts, &[FOREIGN]));
        found.push(twice(node));
    }
    found
}

fn of_json(node: &Node) -> Vec<Odd> {
    let own = match &node.value {
        Value::Null => None,
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        _ => Some(node.as_text().unwrap_or(FOREIGN)),
    };
    let own: Vec<&str> = own.into_iter().collect();
    let list = |items: Vec<Node>| Value::List(items);
    let inner = Node::made(Value::Text(FOREIGN.into()));
    vec![
        odd("null", Value::Null, &[]),
        odd("yes", Value::Bool(true), &["true"]),
        odd("no", Value::Bool(false), &["false"]),
        odd("a JSON number", Value::Number("12345".into()), &["12345"]),
        odd("zero", Value::Number("0".into()), &["0"]),
        odd(
            "a number in powers",
            Value::Number("1e400".into()),
            &["1e400"],
        ),
        odd("an empty list", list(Vec::new()), &[]),
        odd("an empty object", Value::Map(Vec::new()), &[]),
        odd("a list", list(vec![node.clone()]), &own),
        odd(
            "a list of lists",
            list(vec![Node::made(list(vec![node.clone()]))]),
            &own,
        ),
        odd(
            "an object",
            Value::Map(vec![(Name::from("iets"), inner)]),
            &[FOREIGN],
        ),
        raw("a control character in an escape", b"\\u0001"),
        raw("a control character as it is", b"\x02"),
        raw("a zero in an escape", b"\\u0000"),
        raw("half a pair", b"\\ud800"),
        raw("bytes of another encoding", b"\xE9\xFF"),
    ]
}
