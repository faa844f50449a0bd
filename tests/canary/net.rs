//! The net: looks for a text in bytes, in every form in which it could have slipped through.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A text to look for, in all its forms.
pub struct Net {
    marks: Vec<(String, Vec<Form>)>,
}

struct Form {
    name: &'static str,
    text: String,
    /// Whether upper and lower case are the same.
    folded: bool,
}

/// What was caught, with the bytes around it for whoever has to mend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Catch {
    pub channel: String,
    pub mark: String,
    pub form: &'static str,
    pub around: String,
}

impl Net {
    pub fn new<'a>(marks: impl IntoIterator<Item = &'a str>) -> Self {
        let marks = marks.into_iter();
        Self {
            marks: marks.map(|mark| (mark.to_owned(), forms(mark))).collect(),
        }
    }

    /// Every mark that these bytes hold, each form once.
    pub fn catch(&self, channel: &str, bytes: &[u8]) -> BTreeSet<Catch> {
        // Bytes that are not UTF-8 become one character each: the forms are ASCII, so none is lost.
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let folded = text.to_ascii_lowercase();
        let mut caught = BTreeSet::new();
        for (mark, forms) in &self.marks {
            for form in forms {
                let found = if form.folded {
                    folded.find(&form.text.to_ascii_lowercase())
                } else {
                    text.find(&form.text)
                };
                if let Some(at) = found {
                    let around = text[..at].chars().rev().take(120).collect::<Vec<_>>();
                    let around = around.into_iter().rev();
                    let around = around.chain(text[at..].chars().take(120)).collect();
                    caught.insert(Catch {
                        channel: channel.to_owned(),
                        mark: mark.clone(),
                        form: form.name,
                        around,
                    });
                }
            }
        }
        caught
    }
}

fn forms(mark: &str) -> Vec<Form> {
    let form = |name, text: String, folded| Form { name, text, folded };
    let each = |write: &dyn Fn(&mut String, u8)| {
        let mut out = String::new();
        for byte in mark.bytes() {
            write(&mut out, byte);
        }
        out
    };
    let mut all = vec![
        form("plain", mark.to_owned(), true),
        form(
            "hex",
            each(&|out, byte| write!(out, "{byte:02x}").expect("a string takes it")),
            true,
        ),
        form(
            "percent",
            each(&|out, byte| write!(out, "%{byte:02x}").expect("a string takes it")),
            true,
        ),
        form(
            "json escape",
            each(&|out, byte| write!(out, "\\u{byte:04x}").expect("a string takes it")),
            true,
        ),
        form(
            "xml reference",
            each(&|out, byte| write!(out, "&#{byte};").expect("a string takes it")),
            true,
        ),
        form(
            "xml hex reference",
            each(&|out, byte| write!(out, "&#x{byte:x};").expect("a string takes it")),
            true,
        ),
        form(
            "utf-16",
            mark.chars().flat_map(|c| [c, '\0']).collect(),
            true,
        ),
        form(
            "byte list",
            each(&|out, byte| write!(out, "{byte}, ").expect("a string takes it"))
                .trim_end_matches(", ")
                .to_owned(),
            true,
        ),
    ];
    let url: String = mark
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    if url != mark {
        all.push(form("url", url.clone(), true));
        all.push(form("url form", url.replace("%20", "+"), true));
    }
    for offset in 0..3 {
        for (name, engine) in [("base64", &STANDARD), ("base64 for URLs", &URL_SAFE)] {
            let mut bytes = vec![0; offset];
            bytes.extend_from_slice(mark.as_bytes());
            let encoded = engine.encode(&bytes);
            // Only the characters that no byte before or after the mark has a part in.
            let from = (offset * 8).div_ceil(6);
            let to = bytes.len() * 8 / 6;
            all.push(form(name, encoded[from..to].to_owned(), false));
        }
    }
    all
}

#[test]
fn the_net_catches_a_planted_mark_in_every_form_and_nothing_else() {
    let net = Net::new(["999984111", "Kwikstaartmerk", "Zwaluwmerk zingt"]);
    let planted: [&[u8]; 16] = [
        b"bsn=999984111;",
        b"KWIKSTAARTMERK",
        b"x393939393834313131x",
        b"4B77696B7374616172746D65726B",
        b"%39%39%39%39%38%34%31%31%31",
        br"\u0039\u0039\u0039\u0039\u0038\u0034\u0031\u0031\u0031",
        b"&#57;&#57;&#57;&#57;&#56;&#52;&#49;&#49;&#49;",
        b"9\x009\x009\x009\x008\x004\x001\x001\x001\x00",
        b"[57, 57, 57, 57, 56, 52, 49, 49, 49, 0]",
        b"?q=Zwaluwmerk%20zingt",
        b"?q=zwaluwmerk+zingt",
        b"\xff\xfe 999984111 \xff",
        &STANDARD.encode(b"999984111").into_bytes(),
        &STANDARD.encode(b"{\"bsn\":\"999984111\"}").into_bytes(),
        &STANDARD.encode(b"..Kwikstaartmerk?").into_bytes(),
        &URL_SAFE.encode(b"?>Zwaluwmerk zingt~~").into_bytes(),
    ];
    for planted in planted {
        let caught = net.catch("test", planted);
        assert!(!caught.is_empty(), "{}", String::from_utf8_lossy(planted));
    }
    for clean in [
        &b"99998411"[..],
        b"999984112",
        b"Kwikstaart merk",
        b"MDk5OTk4NDEx",
    ] {
        assert_eq!(net.catch("test", clean), BTreeSet::new());
    }
}
