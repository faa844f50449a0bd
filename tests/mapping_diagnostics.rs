//! Every diagnostic of the mapping compiler: a file that provokes it, at the place it names, and a line in the docs.

#[path = "mapping_diagnostics/contrary.rs"]
mod contrary;
#[path = "mapping_diagnostics/language.rs"]
mod language;
#[path = "mapping_diagnostics/never.rs"]
mod never;
#[path = "mapping_diagnostics/paths.rs"]
mod paths;
#[path = "mapping_diagnostics/rows.rs"]
mod rows;
#[path = "mapping_diagnostics/rules.rs"]
mod rules;
#[path = "mapping_diagnostics/shared.rs"]
mod shared;
#[path = "mapping_diagnostics/words.rs"]
mod words;

use schakel::document::Lang;
use schakel::mapping::Diagnostic;
use schakel::mapping::Level;
use schakel::mapping::Library;
use schakel::schema::Schemas;
use std::collections::BTreeSet;
use std::path::Path;

const DOCS: &str = include_str!("../mappings/README.md");

/// A mapping without faults; the cases change one thing.
const GOOD: &str = r#"[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "both"
format = "xml"
main = "verwijzing"
delivers = "verwijzing"

[xml]
root = "a:r"
element = "a:o"
namespaces = { a = "urn:a" }
nil = "a:noValue"

[[rule]]
source = "a:nr"
target = "verwijzing.nummer"
required = true

[[rule]]
source = "/a:org"
target = "verwijzing.opdrachtgever.oin"
required = true

[[rule]]
source = "a:soort"
target = "verwijzing.soort"
codec = { codec = "table", codes = { V = "verwijzing", A = "aanmelding" } }

[[rule]]
source = "a:start"
target = "verwijzing.gewensteStart"
codec = "date"
"#;

const RETOUR: &str = r#"
[retour]
namespaces = { a = "urn:b" }
header = "a:kop"
code = "a:code"
codec = { codec = "table", codes = { x = "2" } }
rejected = "1"
accepted = "0"
unchecked = "3"
"#;

const ENVELOPE: &str = r#"
[envelope]
root = "e:e"
payload = "e:p"
namespaces = { e = "urn:e" }
"#;

const ANSWERS: &str = r#"
[answers]
message = "opdracht"
header = "a:kop"
code = "a:code"
accepted = "0"
unchecked = "3"
"#;

/// A rule for the delivery that a retour is to.
const ID: &str = "\n[[rule]]\nsource = \"/a:id\"\ntarget = \"bericht.aflevering\"\n";

/// The mapping without faults, as one that only reads.
fn inward() -> String {
    change(GOOD, "direction = \"both\"", "direction = \"in\"")
        .replace("delivers = \"verwijzing\"\n", "")
}

const TREE: &str = r#"
[[rule]]
source = "a:doel"
target = "trajectplan.doelen"
key = "nr"
  [[rule.rule]]
  source = "a:nr"
  target = "nr"
"#;

const TABLE: &str = r#"[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "in"
format = "csv"
main = "logboekregel"

[[rule]]
source = "Datum"
target = "logboekregel.datum"
required = true

[[rule]]
source = "Minuten"
aliases = ["Min"]
target = "logboekregel.minuten"
required = true
"#;

const LINES: &str = r#"[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "both"
format = "fixed"
main = "opdracht"
delivers = "opdracht"

[fixed]
record_length = 30

[[rule]]
position = [1, 12]
target = "opdracht.ordernummer"
required = true
align = "right"
pad = "0"

[[rule]]
position = [13, 20]
target = "opdracht.ingangsdatum"
codec = { codec = "date", forms = ["eejjmmdd"] }

[[rule]]
position = [21, 21]
const = "V"

[[rule]]
position = [22, 25]
target = "opdracht.opdrachtgever.gemeentecode"
required = true

[[rule]]
position = [26, 30]
target = "opdracht.uitvoerder.code"
required = true
"#;

fn compile(files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    match Library::compile(&files, &schemas) {
        Ok(library) => library.warnings().to_vec(),
        Err(found) => found,
    }
}

fn one(text: &str) -> Vec<Diagnostic> {
    compile(&[("org/zaak.toml", text)])
}

fn change(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// The code, the file, and what stands at the place the diagnostic names.
#[allow(clippy::too_many_lines)] // a table
fn provoked() -> Vec<(&'static str, String, &'static str)> {
    let good = |from: &str, to: &str| change(GOOD, from, to);
    let json = |own: &str, source: &str| {
        format!(
            "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"both\"\n\
             format = \"json\"\nmain = \"verwijzing\"\ndelivers = \"none\"\n[json]\n{own}\n[[rule]]\nsource = \"{source}\"\n\
             target = \"verwijzing.nummer\"\nrequired = true\n"
        )
    };
    let more = |rule: &str| format!("{GOOD}\n[[rule]]\n{rule}\n");
    let tree = |from: &str, to: &str| format!("{GOOD}{}", change(TREE, from, to));
    let table = |from: &str, to: &str| change(TABLE, from, to);
    let lines = |from: &str, to: &str| change(LINES, from, to);
    let mut all = vec![
        ("M001", good("required = true", "required ="), ""),
        (
            "M002",
            good("required = true", "verplicht = true"),
            "verplicht",
        ),
        ("M002", good("nil =", "nill ="), "nill"),
        ("M002", good("codes =", "code ="), "code ="),
        ("M003", good("titel = \"Titel\"\n", ""), "organisatie"),
        ("M003", good("root = \"a:r\"\n", ""), "element"),
        ("M004", good("required = true", "required = 1"), "1"),
        ("M004", good("nil = \"a:noValue\"", "nil = 3"), "3"),
        (
            "M005",
            good("format = \"xml\"", "format = \"yaml\""),
            "\"yaml\"",
        ),
        (
            "M005",
            good(
                "codec = \"date\"",
                "codec = { codec = \"date\", forms = [\"mm-dd\"] }",
            ),
            "[\"mm-dd\"]",
        ),
        ("M006", good("\"zaak\"", "\"zaken\""), "\"zaken\""),
        ("M110", good("\"org\"", "\"Org_1\""), "\"Org_1\""),
        ("M110", good("\"org\"", "\"1org\""), "\"1org\""),
        ("M110", good("\"zaak\"", "\"zaak/é\""), "\"zaak/é\""),
        ("M110", good("\"zaak\"", "\"canoniek\""), "\"canoniek\""),
        ("M110", good("\"zaak\"", "\"\""), "\"\""),
        (
            "M110",
            good("\"zaak\"", &format!("\"{}\"", "z".repeat(41))),
            "\"zzz",
        ),
        ("M007", good("[xml]", "[csv]\n[xml]"), "csv"),
        (
            "M008",
            good("delivers = \"verwijzing\"\n", ""),
            "organisatie",
        ),
        (
            "M008",
            good("direction = \"both\"", "direction = \"in\""),
            "organisatie",
        ),
        ("M010", more("source = \"a:x\""), "source = \"a:x\""),
        (
            "M010",
            more("target = \"verwijzing.doel\""),
            "target = \"verwijzing.doel\"",
        ),
        (
            "M011",
            good("\"verwijzing.nummer\"", "\"verwijzingen.nummer\""),
            "\"verwijzingen.nummer\"",
        ),
        (
            "M011",
            good("[xml]", "[record]\nzaak = \"write\"\n[xml]"),
            "zaak",
        ),
        (
            "M012",
            good("verwijzing.nummer", "verwijzing.numer"),
            "\"verwijzing.numer\"",
        ),
        (
            "M012",
            good("[xml]", "[key]\nverwijzing = [\"numer\"]\n[xml]"),
            "[\"numer\"]",
        ),
        (
            "M012",
            tree("target = \"nr\"", "target = \"nummer\""),
            "\"nummer\"",
        ),
        (
            "M013",
            good("verwijzing.nummer", "verwijzing.besluit"),
            "source = \"a:nr\"",
        ),
        (
            "M013",
            tree("trajectplan.doelen", "trajectplan.sjabloon"),
            "source = \"a:doel\"",
        ),
        ("M014", good("\"a:nr\"", "\"a:nr//a:x\""), "\"a:nr//a:x\""),
        ("M014", good("\"a:nr\"", "\"@a/b\""), "\"@a/b\""),
        ("M014", tree("\"a:nr\"", "\"/a:nr\""), "\"/a:nr\""),
        // one value is meant, nothing behind it, twice, in a condition
        (
            "M014",
            good("\"a:nr\"", "\"a:nr[]/a:x\""),
            "source = \"a:nr[]/a:x\"",
        ),
        ("M014", good("\"a:nr\"", "\"a:nr[]\""), "\"a:nr[]\""),
        (
            "M014",
            good("\"a:nr\"", "\"a:nr[]/a:x[]/a:y\""),
            "\"a:nr[]/a:x[]/a:y\"",
        ),
        (
            "M014",
            more(
                "source = \"a:q\"\ntarget = \"verwijzing.doel\"\nwhen = { source = \"a:l[]/a:x\", present = true }",
            ),
            "\"a:l[]/a:x\"",
        ),
        (
            "M014",
            more("source = \"a:x\"\ncolumn = \"B\"\ntarget = \"verwijzing.doel\""),
            "\"B\"",
        ),
        (
            "M014",
            table("aliases = [\"Min\"]", "column = \"b1\""),
            "\"b1\"",
        ),
        ("M015", good("\"a:nr\"", "\"b:nr\""), "\"b:nr\""),
        // what xsi:nil would be written as is something else
        (
            "M015",
            good("{ a = \"urn:a\" }", "{ a = \"urn:a\", xsi = \"urn:b\" }"),
            "\"a:noValue\"",
        ),
        (
            "M016",
            good("codec = \"date\"", "codec = \"datum\""),
            "\"datum\"",
        ),
        (
            "M017",
            good("codes = {", "table = \"x\", codes = {"),
            "{ codec = \"table\"",
        ),
        (
            "M018",
            good("codec = \"date\"", "codec = \"integer\""),
            "\"integer\"",
        ),
        (
            "M018",
            good("codec = \"date\"", "codec = \"list\""),
            "\"list\"",
        ),
        (
            "M019",
            good(
                "codes = { V = \"verwijzing\", A = \"aanmelding\" }",
                "table = \"geen\"",
            ),
            "{ codec = \"table\"",
        ),
        (
            "M020",
            good("V = \"verwijzing\"", "V = \"verwijs\""),
            "{ codec = \"table\"",
        ),
        (
            "M022",
            more("source = \"a:nr2\"\ntarget = \"verwijzing.nummer\""),
            "source = \"a:nr2\"",
        ),
        (
            "M023",
            more("source = \"a:nr\"\ntarget = \"verwijzing.doel\""),
            "source = \"a:nr\"\ntarget = \"verwijzing.doel",
        ),
        ("M024", tree("key = \"nr\"\n", ""), "source = \"a:doel\""),
        ("M025", tree("key = \"nr\"", "key = \"score\""), "\"score\""),
        (
            "M025",
            good("[xml]", "[key]\nverwijzing = [\"doel\"]\n[xml]"),
            "organisatie",
        ),
        ("M026", good("required = true\n", ""), "organisatie"),
        (
            "M027",
            more("source = \"a:x\"\ntarget = \"verwijzing.spoed\"\ndefault = \"nee\""),
            "\"nee\"",
        ),
        (
            "M027",
            more("target = \"verwijzing.status\"\nconst = \"open\""),
            "\"open\"",
        ),
        (
            "M028",
            more(
                "source = \"a:x\"\ntarget = \"verwijzing.doel\"\nwhen = { source = \"a:y\", is = \"1\" }",
            ),
            "{ source = \"a:y\"",
        ),
        (
            "M029",
            more("source = \"a:x\"\ntarget = \"verwijzing.doel\"\nempty = \"leeg\""),
            "\"leeg\"",
        ),
        (
            "M029",
            good("nil =", "placeholders = { \"?\" = \"weetniet\" }\nnil ="),
            "\"weetniet\"",
        ),
        (
            "M030",
            table("required = true", "required = true\ndirection = \"out\""),
            "\"out\"",
        ),
        ("M033", table("\"Min\"", "\"datum\""), "[\"datum\"]"),
        (
            "M034",
            more("source = \"a:x\"\ntarget = \"bericht.aantal\""),
            "\"bericht.aantal\"",
        ),
        (
            "M034",
            more("source = \"a:x\"\ntarget = \"bericht.kleur\"\ndirection = \"out\""),
            "\"bericht.kleur\"",
        ),
        (
            "M036",
            good("[[rule]]", "[[case]]\nname = \"x\"\n[[rule]]"),
            "name = \"x\"",
        ),
        (
            "M038",
            good("main = \"verwijzing\"", "main = \"opdracht\""),
            "organisatie",
        ),
        (
            "M003",
            lines("record_length = 30", "encoding = \"latin-1\""),
            "encoding",
        ),
        ("M005", lines("\"right\"", "\"midden\""), "\"midden\""),
        ("M007", good("[xml]", "[fixed]\n[xml]"), "fixed"),
        (
            "M014",
            lines("position = [21, 21]", "source = \"x\""),
            "\"x\"",
        ),
        (
            "M014",
            good("source = \"a:nr\"", "position = [1, 2]\nsource = \"a:nr\""),
            "[1, 2]",
        ),
        ("M027", lines("const = \"V\"", "const = \"VV\""), "\"VV\""),
        (
            "M003",
            good(
                "codec = \"date\"",
                "codec = { codec = \"date\", forms = [\"d-m-jj\"] }",
            ),
            "{ codec = \"date\"",
        ),
        (
            "M053",
            good(
                "codec = \"date\"",
                "codec = { codec = \"date\", pivot = 30 }",
            ),
            "30",
        ),
        (
            "M053",
            good(
                "codec = \"date\"",
                "codec = { codec = \"date\", system = 1904 }",
            ),
            "1904",
        ),
        (
            "M004",
            good(
                "codec = \"date\"",
                "codec = { codec = \"date\", forms = [\"excel\"], system = 1902 }",
            ),
            "1902",
        ),
        (
            "M053",
            more(
                "source = \"a:x\"\ntarget = \"verwijzing.doel\"\ncodec = { codec = \"text\", over = \"cut\" }",
            ),
            "\"cut\"",
        ),
        ("M053", json("element = \"o\"\nlist = true", "nr"), "true"),
        ("M039", json("list = true", "/nr"), "organisatie"),
        (
            "M053",
            more(
                "source = \"a:x\"\ntarget = \"opdracht.toewijzingsTijdstip\"\ncodec = { codec = \"timestamp\", time = \"a:tijd\" }",
            ),
            "\"a:tijd\"",
        ),
        (
            "M120",
            more("source = \"../a:x\"\ntarget = \"verwijzing.doel\""),
            "\"../a:x\"",
        ),
        (
            "M120",
            good("element = \"a:o\"", "element = \"a:o\"\naround = \"a:o\""),
            "\"a:o\"\nnamespaces",
        ),
        (
            "M120",
            good(
                "element = \"a:o\"",
                "element = \"a:p/a:o\"\naround = \"a:q\"",
            ),
            "\"a:q\"",
        ),
        (
            "M121",
            format!("{TABLE}\n[retour]\nheader = \"a\"\n"),
            "header = \"a\"",
        ),
        (
            "M121",
            format!(
                "{GOOD}{RETOUR}[[retour.rule]]\nsource = \"a:x\"\ntarget = \"verwijzing.doel\"\n"
            ),
            "source = \"a:x\"",
        ),
        (
            "M121",
            format!("{GOOD}{RETOUR}[[retour.rule]]\nsource = \"/a:x\"\nconst = \"x\"\n"),
            "source = \"/a:x\"",
        ),
        (
            "M121",
            format!("{GOOD}{RETOUR}[retour.envelope]\nroot = \"a:e\"\n"),
            "root = \"a:e\"",
        ),
        (
            "M121",
            format!(
                "{GOOD}{RETOUR}[retour.envelope]\nroot = \"e:a\"\n[[retour.envelope.rule]]\n\
                 source = \"/e:to\"\ncopy = \"e:from\"\n{ENVELOPE}"
            ),
            "source = \"/e:to\"",
        ),
        (
            "M121",
            format!(
                "{GOOD}{RETOUR}[retour.envelope]\nroot = \"e:a\"\n[[retour.envelope.rule]]\n\
                 source = \"/e:to\"\ntarget = \"verwijzing.doel\"\n{ENVELOPE}"
            ),
            "source = \"/e:to\"",
        ),
        (
            "M003",
            format!("{GOOD}{}", change(RETOUR, "rejected = \"1\"\n", "")),
            "namespaces = { a = \"urn:b\" }",
        ),
        (
            "M015",
            format!("{GOOD}{}", change(RETOUR, "a = \"urn:b\"", "b = \"urn:b\"")),
            "b = \"urn:b\"",
        ),
        (
            "M019",
            format!(
                "{GOOD}{}",
                change(RETOUR, "codes = { x = \"2\" }", "table = \"er-niet\"")
            ),
            "{ codec = \"table\", table = \"er-niet\" }",
        ),
        ("M124", format!("{GOOD}{ANSWERS}"), "message = \"opdracht\""),
        (
            "M124",
            more("source = \"/a:id\"\ntarget = \"bericht.aflevering\"\ndirection = \"in\""),
            "organisatie",
        ),
        (
            "M124",
            format!("{}{ANSWERS}", inward()),
            "message = \"opdracht\"",
        ),
        (
            "M005",
            format!(
                "{}{}{ID}",
                inward(),
                change(ANSWERS, "\"opdracht\"", "\"brief\"")
            ),
            "\"brief\"",
        ),
        (
            "M003",
            format!(
                "{}{}{ID}",
                inward(),
                change(ANSWERS, "accepted = \"0\"\n", "")
            ),
            "message = \"opdracht\"",
        ),
        (
            "M123",
            format!("{GOOD}\n[record]\nverwijzing = \"full-set\"\n"),
            "organisatie",
        ),
        (
            "M123",
            format!("{GOOD}\n[record]\nopdracht = \"full-set\"\n"),
            "organisatie",
        ),
        (
            "M122",
            format!("{GOOD}\n[moment]\nopdracht = \"ingangsdatum\"\n"),
            "\"ingangsdatum\"",
        ),
        (
            "M012",
            format!("{GOOD}\n[moment]\nopdracht = \"ooit\"\n"),
            "\"ooit\"",
        ),
        (
            "M014",
            good("source = \"a:nr\"", "source = \"a:nr/../a:x\""),
            "\"a:nr/../a:x\"",
        ),
        (
            "M005",
            more(
                "source = \"a:x\"\ntarget = \"verwijzing.doel\"\ncodec = { codec = \"text\", max = 9, over = \"kort\" }",
            ),
            "\"kort\"",
        ),
        (
            "M018",
            more("source = \"a:x\"\ntarget = \"opdracht.budget\"\ncodec = \"rsin\""),
            "\"rsin\"",
        ),
        (
            "M018",
            more("source = \"a:x\"\ntarget = \"verwijzing.opdrachtgever.kvk\"\ncodec = \"oin\""),
            "\"oin\"",
        ),
        (
            "M002",
            more(
                "source = \"a:x\"\ntarget = \"verwijzing.opdrachtgever.kvk\"\ncodec = { codec = \"kvk\", pad = true }",
            ),
            "pad",
        ),
        (
            "M054",
            more(
                "source = \"a:x\"\ntarget = \"opdracht.budget\"\ncodec = { codec = \"decimal\", unit = { from = \"euro\", to = \"minutes\" } }",
            ),
            "{ from = \"euro\"",
        ),
        (
            "M054",
            more(
                "source = \"a:x\"\ntarget = \"opdracht.urenToegekend\"\ncodec = { codec = \"integer\", unit = { from = \"minutes\", to = \"hours\" } }",
            ),
            "{ from = \"minutes\"",
        ),
        (
            "M005",
            more(
                "source = \"a:x\"\ntarget = \"opdracht.budget\"\ncodec = { codec = \"decimal\", unit = { from = \"uren\", to = \"minutes\" } }",
            ),
            "\"uren\"",
        ),
        (
            "M003",
            more(
                "source = \"a:x\"\ntarget = \"opdracht.budget\"\ncodec = { codec = \"decimal\", unit = { from = \"euro\" } }",
            ),
            "{ from = \"euro\"",
        ),
        (
            "M053",
            more(
                "source = \"a:x\"\ntarget = \"opdracht.budget\"\ncodec = { codec = \"decimal\", factor = 100, unit = { from = \"euro\", to = \"cent\" } }",
            ),
            "100",
        ),
        (
            "M014",
            more(
                "source = \"@x\"\ntarget = \"kandidaat.geboortedatum\"\ncodec = { codec = \"partial-date\", indicator = \"y\" }",
            ),
            "source = \"@x\"",
        ),
        (
            "M095",
            good(
                "nil =",
                "pair = { source = \"@v\", changed = [\"W\"] }\nnil =",
            )
            .replace("direction = \"both\"", "direction = \"out\""),
            "{ source = \"@v\"",
        ),
        (
            "M095",
            good(
                "nil =",
                "pair = { source = \"@v\", changed = [\"W\"] }\nnil =",
            )
            .replace("direction = \"both\"", "direction = \"in\"")
            .replace("delivers = \"verwijzing\"\n", "")
            .replace("element = \"a:o\"\n", ""),
            "{ source = \"@v\"",
        ),
        (
            "M096",
            good(
                "nil =",
                "pair = { source = \"@v\", added = [\"1\"], same = [\"a:nr\"] }\nnil =",
            ),
            "{ source = \"@v\"",
        ),
        (
            "M096",
            good(
                "nil =",
                "pair = { source = \"@v\", changed = [\"W\"], removed = [\"V\", \"W\"] }\nnil =",
            ),
            "[\"V\", \"W\"]",
        ),
        (
            "M096",
            good(
                "nil =",
                "pair = { source = \"@v\", added = [\"T\"] }\nnil =",
            ),
            "{ source = \"@v\"",
        ),
        (
            "M003",
            good("nil =", "pair = { changed = [\"W\"] }\nnil ="),
            "{ changed",
        ),
        ("M050", lines("[13, 20]", "[20, 13]"), "[20, 13]"),
        ("M050", lines("[1, 12]", "[0, 12]"), "[0, 12]"),
        ("M050", lines("[26, 30]", "[26, 31]"), "[26, 31]"),
        ("M050", lines("[13, 20]", "\"13-20\""), "\"13-20\""),
        (
            "M050",
            lines("record_length = 30", "record_length = 30\nignore = [1, 2]"),
            "1, 2]",
        ),
        ("M051", lines("[13, 20]", "[12, 20]"), "[12, 20]"),
        ("M051", lines("[21, 21]", "[14, 15]"), "[14, 15]"),
        (
            "M052",
            lines("align = \"right\"", "align = \"left\""),
            "\"left\"",
        ),
        (
            "M052",
            format!(
                "{LINES}\n[[rule]]\nposition = [26, 30]\nalign = \"right\"\ntarget = \"opdracht.raamcontract\"\ndirection = \"in\"\n"
            ),
            "\"right\"",
        ),
        (
            "M023",
            format!("{LINES}\n[[rule]]\nposition = [26, 30]\ntarget = \"opdracht.raamcontract\"\n"),
            "position = [26, 30]\ntarget = \"opdracht.raam",
        ),
        (
            "M039",
            good("element = \"a:o\"\n", "").replacen("main =", "per = \"message\"\nmain =", 1),
            "organisatie",
        ),
    ];
    all.extend(contrary::provoked());
    all.extend(language::provoked());
    all.extend(never::provoked());
    all.extend(paths::provoked());
    all.extend(rows::provoked());
    all.extend(rules::provoked());
    all.extend(words::provoked());
    all
}

fn offset(text: &str, line: u32, column: u32) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line as usize - 1)
        .map(str::len)
        .sum();
    let row = &text[before..];
    before
        + row
            .char_indices()
            .nth(column as usize - 1)
            .map_or(0, |(at, _)| at)
}

#[test]
fn good_mappings_have_no_diagnostics() {
    assert_eq!(one(GOOD), []);
    assert_eq!(one(&format!("{GOOD}{TREE}")), []);
    assert_eq!(one(TABLE), []);
    assert_eq!(one(LINES), []);
}

#[test]
fn each_mistake_is_found_at_its_place() {
    for (code, text, at) in provoked() {
        let found = one(&text);
        let place = found.iter().any(|one| {
            one.code == code
                && (at.is_empty() || text[offset(&text, one.line, one.column)..].starts_with(at))
        });
        let shown: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        assert!(
            place,
            "{code} at `{at}`; found:\n{}\nin\n{text}",
            shown.join("\n")
        );
    }
}

#[test]
fn a_diagnostic_says_what_to_do_in_two_languages() {
    let found = one(&change(GOOD, "verwijzing.nummer", "verwijzing.numer"));
    let near = found
        .iter()
        .find(|one| one.code == "M012")
        .expect("it is provoked");
    assert_eq!(
        near.render(Lang::Nl),
        "org/zaak.toml:19:10: M012 `verwijzing` heeft geen attribuut `numer`. Bedoelt u `nummer`?"
    );
    assert_eq!(
        near.render(Lang::En),
        "org/zaak.toml:19:10: M012 `verwijzing` has no attribute `numer`. Did you mean `nummer`?"
    );
}

#[test]
fn every_mistake_of_every_file_is_reported_at_once() {
    let bad = change(
        &change(GOOD, "verwijzing.nummer", "verwijzing.numer"),
        "codec = \"date\"",
        "codec = \"datum\"",
    );
    let other = change(TABLE, "logboekregel.datum", "logboekregel.dag");
    let other = change(
        &change(&other, "\"org\"", "\"ander\""),
        "\"csv\"",
        "\"cvs\"",
    );
    let codes: Vec<_> = compile(&[("org/zaak.toml", &bad), ("ander/zaak.toml", &other)])
        .iter()
        .filter(|one| one.level == Level::Error)
        .map(|one| (one.file.clone(), one.code))
        .collect();
    for expected in [
        ("org/zaak.toml", "M012"),
        ("org/zaak.toml", "M016"),
        ("ander/zaak.toml", "M005"),
        ("ander/zaak.toml", "M012"),
    ] {
        assert!(
            codes.contains(&(expected.0.to_owned(), expected.1)),
            "{expected:?} in {codes:?}"
        );
    }
}

#[test]
fn two_mappings_cannot_serve_one_message() {
    let other = change(GOOD, "\"zaak\"", "\"zaak2\"");
    let found = compile(&[("org/zaak.toml", GOOD), ("org/zaak2.toml", &other)]);
    assert_eq!(
        found.iter().map(|one| one.code).collect::<Vec<_>>(),
        ["M037"]
    );
}

#[test]
fn a_mapping_that_is_used_by_name_only_serves_nothing_and_is_in_nobodys_way() {
    let other = change(GOOD, "\"zaak\"", "\"zaak2\"");
    let other = change(&other, "delivers = \"verwijzing\"", "delivers = \"none\"");
    let files = [("org/zaak.toml", GOOD), ("org/zaak2.toml", &other)]
        .map(|(path, text)| (path.to_owned(), text.to_owned()));
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::compile(&files, &schemas).expect("both can be used");
    let serving = library
        .outbound("org", "verwijzing")
        .expect("one serves it");
    assert_eq!(serving.id(), ("org", "zaak"));
    let by_name = library.get("org", "zaak2").expect("it is there");
    assert_eq!(by_name.delivers(), None);
}

/// Every code that a text names between these marks.
fn named(text: &str, mark: char) -> BTreeSet<String> {
    let is_code = |word: &&str| {
        let digits = word.strip_prefix('M').unwrap_or_default();
        digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.split(mark)
        .filter(is_code)
        .map(str::to_owned)
        .collect()
}

/// The texts of the sources below a folder.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(std::fs::read_to_string(&path).expect("a text"));
        }
    }
}

#[test]
fn every_code_is_provoked_and_documented() {
    let mut tested: BTreeSet<String> = provoked()
        .into_iter()
        .map(|(code, ..)| code.to_owned())
        .collect();
    tested.extend(shared::provoked().iter().map(|one| one.code.to_owned()));
    // Between two mappings, with a sample or an agreement, of a workbook, and of laws: these have tests of their own.
    for text in [
        include_str!("mapping_diagnostics.rs"),
        include_str!("mapping_diagnostics_samples.rs"),
        include_str!("mapping_tools/exchange.rs"),
        include_str!("cli_tools/laws.rs"),
    ] {
        tested.extend(named(text, '"'));
        tested.extend(text.split('"').flat_map(|word| named(word, ' ')));
    }
    let mut texts = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut texts,
    );
    let given: BTreeSet<String> = texts.iter().flat_map(|text| named(text, '"')).collect();
    assert!(given.len() > 50, "{given:?}");
    let documented = named(DOCS, '`');
    assert_eq!(
        given, documented,
        "what the program gives, and what the docs have"
    );
    assert_eq!(
        given, tested,
        "what the program gives, and what is provoked"
    );
}

#[test]
fn no_text_makes_the_compiler_panic() {
    // Every file with one line left out, one line doubled, and cut off anywhere.
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let whole = format!("{GOOD}{TREE}");
    let lines: Vec<&str> = whole.lines().collect();
    let without = (0..lines.len()).map(|skip| {
        lines
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != skip)
            .map(|(_, line)| *line)
            .collect::<Vec<_>>()
            .join("\n")
    });
    let doubled = (0..lines.len()).map(|twice| {
        lines
            .iter()
            .enumerate()
            .flat_map(|(index, line)| vec![*line; 1 + usize::from(index == twice)])
            .collect::<Vec<_>>()
            .join("\n")
    });
    let cut = (0..whole.len()).step_by(7).map(|at| whole[..at].to_owned());
    for text in without.chain(doubled).chain(cut) {
        let _ = Library::compile(&[("org/zaak.toml".to_owned(), text)], &schemas);
    }
}

#[test]
fn a_file_in_the_root_is_told_where_it_belongs() {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let files = [("zaak.toml".to_owned(), GOOD.to_owned())];
    let found = Library::compile(&files, &schemas).err().unwrap_or_default();
    let [one] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert_eq!(one.code, "M006");
    assert_eq!(one.remedy.nl, "Verplaats het naar `org/zaak.toml`.");
}

/// The reader of TOML speaks English only.
#[test]
fn what_is_no_toml_is_told_in_dutch() {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    for (line, sentence) in [
        ("soort = \"zaak", "een tekst heeft geen goed begin of einde"),
        (
            "soort = \"a\"\nsoort = \"b\"",
            "deze sleutel of tabel staat er al",
        ),
        ("soort = 2024-99-99", "dit is geen getal of datum"),
    ] {
        let files = [("org/zaak.toml".to_owned(), format!("[mapping]\n{line}\n"))];
        let found = Library::compile(&files, &schemas).err().unwrap_or_default();
        let told: Vec<&str> = found
            .iter()
            .filter(|one| one.code == "M001")
            .map(|one| &*one.sentence.nl)
            .collect();
        assert!(told.iter().any(|nl| nl.contains(sentence)), "{told:?}");
    }
}

/// Whoever copies an example must not be told that there is no such attribute.
#[test]
fn every_target_that_the_reference_shows_is_there() {
    let mut shown = 0;
    for line in DOCS.lines() {
        let target = line.trim_start().strip_prefix("target");
        let target = target.and_then(|rest| rest.trim_start().strip_prefix("= \""));
        let Some((target, _)) = target.and_then(|rest| rest.split_once('"')) else {
            continue;
        };
        if !target.contains('.') {
            continue;
        }
        shown += 1;
        let text = format!(
            "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"in\"\n\
             format = \"json\"\nmain = \"verwijzing\"\n[[rule]]\nsource = \"x\"\ntarget = \"{target}\"\n"
        );
        let files = [("org/zaak.toml".to_owned(), text)];
        let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
        let found = Library::compile(&files, &schemas).err().unwrap_or_default();
        let unknown = found
            .iter()
            .find(|one| ["M011", "M012"].contains(&one.code));
        assert!(unknown.is_none(), "{target}: {unknown:?}");
    }
    assert!(shown > 20, "{shown} examples");
}
