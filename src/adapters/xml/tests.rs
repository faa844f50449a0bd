#![allow(clippy::unwrap_used)]

use super::decode;
use super::encode;
use crate::adapters::Limits;
use crate::adapters::tests::bare;
use crate::document::At;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::XmlWire;

fn refused(xml: &[u8]) -> Fault {
    let mut faults = decode(xml, &Limits::default()).unwrap_err();
    assert_eq!(faults.len(), 1);
    faults.remove(0)
}

fn read(xml: &str) -> Node {
    decode(xml.as_bytes(), &Limits::default()).unwrap().root
}

#[test]
fn elements_attributes_and_text_become_the_tree_the_document_module_promises() {
    for (xml, tree) in [
        ("<a/>", r#"{"a":""}"#),
        ("<a></a>", r#"{"a":""}"#),
        ("<a> x </a>", r#"{"a":" x "}"#),
        ("<a b='1'/>", r#"{"a":{"@b":"1"}}"#),
        ("<a b='1'>x</a>", r##"{"a":{"@b":"1","#text":"x"}}"##),
        (
            "<a>\n <b>1</b>\n <b>2</b>\n</a>",
            r#"{"a":{"b":"1","b":"2"}}"#,
        ),
        ("<a>x<b/>y</a>", r##"{"a":{"b":"","#text":"xy"}}"##),
        ("<a><!-- c -->x<?p q?>y</a>", r#"{"a":"xy"}"#),
        (
            "<a>1 &lt; <![CDATA[2 & <3>]]>&#33;</a>",
            r#"{"a":"1 < 2 & <3>!"}"#,
        ),
        ("<a>&#13;\r\n\r</a>", r#"{"a":"\r\n\n"}"#),
        ("<a b='x\r\n\ty&#10;'/>", r#"{"a":{"@b":"x  y\n"}}"#),
        (
            "<a xmlns='u'><b c='1'/></a>",
            r#"{"{u}a":{"{u}b":{"@c":"1"}}}"#,
        ),
        ("<p:a xmlns:p='u' p:b='1'/>", r#"{"{u}a":{"@{u}b":"1"}}"#),
        ("<a xmlns='u'><b xmlns=''/></a>", r#"{"{u}a":{"b":""}}"#),
        (
            "<p:a xmlns:p='u'><p:a xmlns:p='v'/><p:a/></p:a>",
            r#"{"{u}a":{"{v}a":"","{u}a":""}}"#,
        ),
        (
            "<a xmlns:p='u'><p:b p:c='1'/><d xmlns:p='v'><p:b p:c='2'/></d><p:b p:c='3'/></a>",
            r#"{"a":{"{u}b":{"@{u}c":"1"},"d":{"{v}b":{"@{v}c":"2"}},"{u}b":{"@{u}c":"3"}}}"#,
        ),
        ("<a\n></a\t>", r#"{"a":""}"#),
        (
            "<a><b>1</b ><b\t>2</b><b>3</b\n></a>",
            r#"{"a":{"b":"1","b":"2","b":"3"}}"#,
        ),
        (
            "<a b = '>' c\n=\n\"/>\" >x</a>",
            r##"{"a":{"@b":">","@c":"/>","#text":"x"}}"##,
        ),
        (
            "<?xml version='1.0'?>\n<!-- x --><a xml:lang='nl'/>\n<!-- y --> ",
            r#"{"a":{"@{http://www.w3.org/XML/1998/namespace}lang":"nl"}}"#,
        ),
    ] {
        assert_eq!(bare(&read(xml)), tree, "{xml}");
    }
}

#[test]
fn a_nil_element_keeps_its_nil_and_its_reason() {
    let root = read(
        "<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='urn:s' \
         xsi:nil='true' s:noValue='geenWaarde'/>",
    );
    let element = root.get("a").unwrap();
    let nil = "@{http://www.w3.org/2001/XMLSchema-instance}nil";
    assert_eq!(element.get(nil).unwrap().as_text(), Some("true"));
    assert_eq!(
        element.get("@{urn:s}noValue").unwrap().as_text(),
        Some("geenWaarde")
    );
}

#[test]
fn every_part_knows_its_line_and_column() {
    let root = read("<?xml version='1.0'?>\n<é>\n  <b c='1'\n     d='2'>é</b><e/>\n</é>");
    let outer = root.get("é").unwrap();
    let b = outer.get("b").unwrap();
    assert_eq!(root.at, At::new(2, 1));
    assert_eq!(outer.at, At::new(2, 1));
    assert_eq!(b.at, At::new(3, 3));
    assert_eq!(b.get("@c").unwrap().at, At::new(3, 6));
    assert_eq!(b.get("@d").unwrap().at, At::new(4, 6));
    assert_eq!(outer.get("e").unwrap().at, At::new(4, 17));
}

/// Each row is something quick-xml, or a lenient reader, lets pass.
#[test]
fn what_the_library_takes_and_xml_does_not_is_refused() {
    for (xml, code) in [
        ("\u{FEFF}\u{FEFF}<a/>", "xml.wortel"),
        ("<a/><b/>", "xml.wortel"),
        ("<a/>x", "xml.wortel"),
        ("<a/>&lt;", "xml.wortel"),
        ("<a/><![CDATA[ ]]>", "xml.wortel"),
        ("x<a/>", "xml.wortel"),
        ("", "xml.wortel"),
        ("  <!-- x -->", "xml.wortel"),
        ("<a>", "xml.afgebroken"),
        ("<a><b></b>", "xml.afgebroken"),
        ("<a", "xml.afgebroken"),
        ("<a b='1", "xml.afgebroken"),
        ("<a><!-- ", "xml.afgebroken"),
        ("<a><![CDATA[", "xml.afgebroken"),
        ("<a></b>", "xml.syntaxis"),
        ("</a>", "xml.syntaxis"),
        ("<a><b></a></b>", "xml.syntaxis"),
        ("<a>\0</a>", "xml.teken"),
        ("<a>&#0;</a>", "xml.teken"),
        ("<a b='&#x1b;'/>", "xml.teken"),
        ("<a>\u{FFFE}</a>", "xml.teken"),
        ("<!-- \u{1} --><a/>", "xml.teken"),
        ("<p:a/>", "xml.voorvoegsel"),
        ("<a p:b='1'/>", "xml.voorvoegsel"),
        ("<a xmlns:p=''/>", "xml.voorvoegsel"),
        ("<a xmlns:xmlns='u'/>", "xml.voorvoegsel"),
        ("<a xmlns:xml='u'/>", "xml.voorvoegsel"),
        (
            "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
            "xml.voorvoegsel",
        ),
        ("<a><b xmlns:p='u'/><p:c/></a>", "xml.voorvoegsel"),
        ("<a b='1' b='2'/>", "xml.attribuut-dubbel"),
        (
            "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
            "xml.attribuut-dubbel",
        ),
        ("<a xmlns='u' xmlns='v'/>", "xml.attribuut-dubbel"),
        ("<!DOCTYPE a><a/>", "xml.doctype"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "xml.doctype"),
        ("<!DOCTYPE a [", "xml.doctype"),
        ("<a>&x;</a>", "xml.entiteit"),
        ("<a b='&nbsp;'/>", "xml.entiteit"),
        ("<a>x & y</a>", "xml.syntaxis"),
        ("<a>]]></a>", "xml.syntaxis"),
        ("<a b='<'/>", "xml.syntaxis"),
        ("<a b=1/>", "xml.syntaxis"),
        ("<a b='1'c='2'/>", "xml.syntaxis"),
        ("<1a/>", "xml.syntaxis"),
        ("<a:b:c/>", "xml.syntaxis"),
        ("<a></a b='1'>", "xml.syntaxis"),
        ("<a><!-- -- --></a>", "xml.syntaxis"),
        ("<a><!-- ---></a>", "xml.syntaxis"),
        ("<a><!x></a>", "xml.syntaxis"),
        (" <?xml version='1.0'?><a/>", "xml.syntaxis"),
        ("<?xml version='2.0'?><a/>", "xml.syntaxis"),
        ("<?xml encoding='utf-8'?><a/>", "xml.syntaxis"),
        ("<?xml version='1.0'><a?><a/>", "xml.syntaxis"),
        ("<a><?XML x?></a>", "xml.syntaxis"),
        ("<a><? x?></a>", "xml.syntaxis"),
    ] {
        assert_eq!(refused(xml.as_bytes()).code, code, "{xml:?}");
    }
}

#[test]
fn a_fault_names_the_element_and_the_place_but_no_value() {
    let fault = refused(b"<p:a xmlns:p='u'>\n <b>geheim</b>\n <b>\n  <c>geheim &x;</c></b></p:a>");
    let Place::Xml { xpath, at } = &fault.place else {
        panic!("no path");
    };
    assert_eq!((xpath.as_str(), *at), ("/p:a/b[2]/c", At::new(4, 13)));
    for lang in [Lang::Nl, Lang::En] {
        assert!(!fault.sentence.get(lang).contains("geheim"));
    }
}

#[test]
fn every_cap_is_kept() {
    let limits = Limits {
        depth: 3,
        nodes: 6,
        attributes: 2,
        text: 10,
        ..Limits::default()
    };
    for (xml, expected) in [
        ("<a><b><c/></b></a>", None),
        ("<a><b><c><d/></c></b></a>", Some("xml.diepte")),
        ("<a><b/><b/><b/><b/><b/></a>", None),
        ("<a><b/><b/><b/><b/><b/><b/></a>", Some("xml.omvang")),
        ("<a b='1' c='2'/>", None),
        ("<a b='1' c='2' d='3'/>", Some("xml.attributen")),
        ("<a>0123456789</a>", None),
        ("<a>01234<!-- -->567890</a>", Some("xml.tekst")),
        ("<a b='01234567890'/>", Some("xml.tekst")),
    ] {
        let faults = decode(xml.as_bytes(), &limits).err();
        assert_eq!(
            faults.map(|faults| faults[0].code.to_string()).as_deref(),
            expected,
            "{xml}"
        );
    }
    let deep = "<a>".repeat(100_000);
    assert_eq!(refused(deep.as_bytes()).code, "xml.diepte");
    let wide: Vec<_> = (0..300).map(|n| format!(" xmlns:p{n}='u{n}'")).collect();
    let wide = wide.concat();
    assert_eq!(
        refused(format!("<a{wide}/>").as_bytes()).code,
        "xml.attributen"
    );
}

fn wire(namespaces: &[(&str, &str)]) -> XmlWire {
    let owned = |(prefix, uri): &(&str, &str)| ((*prefix).to_owned(), (*uri).to_owned());
    XmlWire::new(namespaces.iter().map(owned).collect())
}

fn map(parts: Vec<(&str, Node)>) -> Node {
    let named = |(name, node)| (Name::from(name), node);
    Node::made(Value::Map(parts.into_iter().map(named).collect()))
}

#[test]
fn documents_are_written_with_the_prefixes_of_the_mapping() {
    let root = map(vec![(
        "{u}a",
        map(vec![
            ("@{v}b", Node::text("\"<\n")),
            ("{v}c", Node::text("1 < 2 ]]> \r")),
            ("{u}d", Node::made(Value::Null)),
            (
                "{u}e",
                Node::made(Value::List(vec![Node::text("x"), Node::text("y")])),
            ),
        ]),
    )]);
    let bytes = encode(&root, &wire(&[("", "u"), ("p", "v")])).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <a xmlns=\"u\" xmlns:p=\"v\" p:b=\"&quot;&lt;&#10;\">\
         <p:c>1 &lt; 2 ]]&gt; &#13;</p:c><d/><e>x</e><e>y</e></a>\n"
    );
}

#[test]
fn what_xml_cannot_say_is_refused_with_its_path_and_not_its_value() {
    let inner = |node: Node| map(vec![("a", map(vec![("b", node)]))]);
    let list = || Node::made(Value::List(vec![]));
    for (root, code, path) in [
        (inner(Node::text("geheim\0")), "xml.teken", "/a/b"),
        (inner(Node::text("geheim\u{FFFF}")), "xml.teken", "/a/b"),
        (
            inner(map(vec![("c d", Node::text("x"))])),
            "xml.naam",
            "/a/b",
        ),
        (
            inner(map(vec![("{w}c", Node::text("x"))])),
            "xml.naam",
            "/a/b",
        ),
        (
            inner(map(vec![("@xmlns", Node::text("x"))])),
            "xml.naam",
            "/a/b",
        ),
        (inner(map(vec![("@c", list())])), "xml.vorm", "/a/b"),
        (
            inner(Node::made(Value::Unreadable("#N/A".into()))),
            "xml.vorm",
            "/a/b",
        ),
        (list(), "xml.vorm", ""),
        (map(vec![]), "xml.vorm", ""),
    ] {
        let error = encode(&root, &wire(&[("p", "v")])).unwrap_err();
        assert_eq!(error.fault().code, code);
        assert_eq!(error.fault().place.location(Lang::Nl), path);
        assert!(!error.to_string().contains("geheim"));
    }
    let root = map(vec![("a", Node::text("x"))]);
    for namespaces in [
        &[("", "u")][..],
        &[("p", "u"), ("p", "v")],
        &[("xml", "u")],
        &[("p", "")],
        &[("1", "u")],
    ] {
        assert_eq!(
            encode(&root, &wire(namespaces)).unwrap_err().fault().code,
            "xml.naam"
        );
    }
}
