#![allow(clippy::unwrap_used)]

use super::decode;
use crate::adapters::EncodeError;
use crate::adapters::Limits;
use crate::adapters::tests::bare;
use crate::document::At;
use crate::document::Charset;
use crate::document::FixedWire;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Value;

const fn wire(encoding: Charset) -> FixedWire {
    FixedWire {
        encoding,
        crlf: true,
    }
}

fn encode(root: &Node, wire: &FixedWire) -> Result<Vec<u8>, EncodeError> {
    super::encode(root, wire, 0)
}

#[test]
fn lines_are_read_as_they_are_and_numbered_as_an_editor_does() {
    for (text, tree) in [
        ("ab\ncd\n", r#"["ab","cd"]"#),
        ("ab\r\ncd", r#"["ab","cd"]"#),
        ("ab\rcd\r", r#"["ab","cd"]"#),
        ("\r\n a \r\n\r\n", r#"[""," a ",""]"#),
        ("\u{FEFF}ab", r#"["ab"]"#),
        ("a\tb", r#"["a\tb"]"#),
    ] {
        let document = decode(text.as_bytes(), &wire(Charset::Utf8), &Limits::default()).unwrap();
        assert_eq!(bare(&document.root), tree, "{text:?}");
        for (index, line) in document.root.items().iter().enumerate() {
            let number = u32::try_from(index + 1).unwrap();
            assert_eq!(line.at, At::new(number, 1));
        }
    }
}

#[test]
fn encodings_are_read_as_agreed_or_refused() {
    let cases: [(&[u8], Charset, Result<&str, &str>); 9] = [
        (b"caf\xE9", Charset::Latin1, Ok(r#"["café"]"#)),
        (b"caf\xE9 \x80", Charset::Windows1252, Ok(r#"["café €"]"#)),
        (
            b"caf\xE9 \x80\nb",
            Charset::Latin1,
            Ok(r#"[!tekenset,"b"]"#),
        ),
        (b"b\ncaf\xE9", Charset::Utf8, Ok(r#"["b",!tekenset]"#)),
        ("café".as_bytes(), Charset::Latin1, Err("bestand.tekenset")),
        (
            b"\xEF\xBB\xBFcaf\xC3\xA9",
            Charset::Latin1,
            Ok(r#"["café"]"#),
        ),
        (b"\xFE\xFF\0a", Charset::Latin1, Err("bestand.tekenset")),
        (b"a\0b\nb", Charset::Latin1, Ok(r#"[!U+0000,"b"]"#)),
        (b"\xEF\xBB\xBF", Charset::Utf8, Err("bestand.leeg")),
    ];
    for (bytes, encoding, expected) in cases {
        let outcome = decode(bytes, &wire(encoding), &Limits::default())
            .map(|document| bare(&document.root))
            .map_err(|faults| faults[0].code.to_string());
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(outcome, expected, "{bytes:?}");
    }
    let bytes = b"\xE9\xE9\n\xE9\xE9\x85\x85";
    let limits = Limits {
        faults: 1,
        ..Limits::default()
    };
    let faults = decode(bytes, &wire(Charset::Latin1), &limits).unwrap_err();
    assert_eq!(faults[0].place.at(), Some(At::new(2, 3)));
}

#[test]
fn every_cap_is_kept_and_says_where() {
    let limits = Limits {
        rows: 3,
        text: 5,
        ..Limits::default()
    };
    for (text, expected) in [
        ("a\nb\nc\n", None),
        ("a\nb\nc\nd", Some(("vast.rijen", At::new(4, 1)))),
        ("\n\n\n\n", Some(("vast.rijen", At::new(4, 1)))),
        ("12345\n", None),
        ("a\n123456\n", Some(("vast.regel", At::new(2, 1)))),
    ] {
        let faults = decode(text.as_bytes(), &wire(Charset::Utf8), &limits).err();
        let found = faults
            .as_ref()
            .map(|faults| (&*faults[0].code, faults[0].place.at().unwrap()));
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn lines_are_written_as_they_are() {
    let lines = |texts: &[&str]| {
        Node::made(Value::List(
            texts.iter().map(|text| Node::text(*text)).collect(),
        ))
    };
    let latin = wire(Charset::Latin1);
    assert_eq!(
        encode(&lines(&["é 1", ""]), &latin).unwrap(),
        b"\xE9 1\r\n\r\n"
    );
    let lf = FixedWire {
        encoding: Charset::Windows1252,
        crlf: false,
    };
    assert_eq!(encode(&lines(&["€"]), &lf).unwrap(), b"\x80\n");
    for (text, encoding, code, location) in [
        (
            "geheim ž",
            Charset::Latin1,
            "vast.tekenset",
            "regel 2, kolom 8",
        ),
        (
            "geheim €",
            Charset::Latin1,
            "vast.tekenset",
            "regel 2, kolom 8",
        ),
        ("geheim\n", Charset::Utf8, "vast.vorm", "regel 2, kolom 1"),
    ] {
        let error = encode(&lines(&["a", text]), &wire(encoding)).unwrap_err();
        assert_eq!(error.fault().code, code);
        assert_eq!(error.fault().place.location(Lang::Nl), location);
        assert!(!error.to_string().contains("geheim"));
    }
    assert!(encode(&lines(&["\u{FEFF}a"]), &wire(Charset::Utf8)).is_err());
    assert!(encode(&Node::text("x"), &latin).is_err());
    assert!(
        encode(
            &Node::made(Value::List(vec![Node::made(Value::Null)])),
            &latin
        )
        .is_err()
    );
}
