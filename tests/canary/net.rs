//! The net: looks for a text in bytes, in every form in which it could have slipped through.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Write;

/// Bytes by which the beginning of a form is recognised.
const START: usize = 4;

/// Texts to look for, each in all its forms.
pub struct Net {
    forms: Vec<Form>,
    /// The forms by how they begin, and for speed whether any begins with two bytes.
    starts: HashMap<[u8; START], Vec<usize>>,
    begins: Vec<bool>,
}

struct Form {
    mark: String,
    name: &'static str,
    /// In lower case where upper and lower case are the same.
    text: String,
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
        let mut net = Self {
            forms: marks.into_iter().flat_map(forms).collect(),
            starts: HashMap::new(),
            begins: vec![false; 1 << 16],
        };
        for (number, form) in net.forms.iter().enumerate() {
            let start = form.text.as_bytes()[..START].to_ascii_lowercase();
            let start: [u8; START] = start.try_into().expect("so many bytes");
            net.begins[usize::from(u16::from_be_bytes([start[0], start[1]]))] = true;
            net.starts.entry(start).or_default().push(number);
        }
        net
    }

    /// Every mark that these bytes hold, each form once.
    pub fn catch(&self, channel: &str, bytes: &[u8]) -> BTreeSet<Catch> {
        let folded = bytes.to_ascii_lowercase();
        let mut seen = HashSet::new();
        let mut caught = BTreeSet::new();
        for (at, start) in folded.windows(START).enumerate() {
            if !self.begins[usize::from(u16::from_be_bytes([start[0], start[1]]))] {
                continue;
            }
            for number in self.starts.get(start).into_iter().flatten() {
                let form = &self.forms[*number];
                let text = if form.folded { &folded[..] } else { bytes };
                if text[at..].starts_with(form.text.as_bytes()) && seen.insert(*number) {
                    let around = &bytes[at.saturating_sub(120)..bytes.len().min(at + 120)];
                    caught.insert(Catch {
                        channel: channel.to_owned(),
                        mark: form.mark.clone(),
                        form: form.name,
                        around: String::from_utf8_lossy(around).into_owned(),
                    });
                }
            }
        }
        caught
    }
}

fn forms(mark: &str) -> Vec<Form> {
    let form = |name, text: String, folded| Form {
        mark: mark.to_owned(),
        name,
        text: if folded {
            text.to_ascii_lowercase()
        } else {
            text
        },
        folded,
    };
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
