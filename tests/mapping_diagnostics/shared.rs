//! Diagnostics about what a mapping takes from other files.

use super::DOCS;
use super::GOOD;
use super::change;
use super::compile;
use super::offset;
use schakel::document::Lang;
use schakel::mapping::Diagnostic;

/// A shared file without faults.
const SHARED: &str = r#"[fragment.contact]
[[fragment.contact.rule]]
source = "a:tel"
target = "telefoon"
[[fragment.contact.rule]]
source = "a:soort"
const = "${soort}"

[fragment.buiten]
[[fragment.buiten.rule]]
include = "contact"
source = "a:in"
with = { soort = "B" }
"#;

const INCLUDE: &str = r#"
[[rule]]
include = "contact"
source = "a:cp"
target = "verwijzing.contactpersoon"
with = { soort = "C" }
"#;

/// A case: the code, the file it must name and what stands there, and the files beside the mapping.
pub(super) struct Provoked {
    pub code: &'static str,
    at: (&'static str, &'static str),
    files: Vec<(&'static str, String)>,
}

fn provoke(
    code: &'static str,
    at: (&'static str, &'static str),
    files: Vec<(&'static str, String)>,
) -> Provoked {
    Provoked { code, at, files }
}

pub(super) fn provoked() -> Vec<Provoked> {
    let mut all = including();
    all.extend(extending());
    all
}

/// Mistakes in shared fragments and in how they are included.
fn including() -> Vec<Provoked> {
    const MAPPING: &str = "org/zaak.toml";
    const FILE: &str = "_gedeeld/a.toml";
    let with = |shared: String, include: String| {
        vec![(FILE, shared), (MAPPING, format!("{GOOD}{include}"))]
    };
    let shared = |from: &str, to: &str| with(change(SHARED, from, to), INCLUDE.to_owned());
    let include = |from: &str, to: &str| with(SHARED.to_owned(), change(INCLUDE, from, to));
    vec![
        provoke("M001", (FILE, ""), shared("\"a:tel\"", "a:tel")),
        provoke(
            "M002",
            (FILE, "bron"),
            shared("source = \"a:tel\"", "bron = \"a:tel\""),
        ),
        provoke("M002", (MAPPING, "prefix"), include("target =", "prefix =")),
        provoke("M004", (MAPPING, "3"), include("\"C\"", "3")),
        provoke(
            "M012",
            (FILE, "\"telefoon\""),
            include("verwijzing.contactpersoon", "verwijzing.besluit"),
        ),
        provoke(
            "M060",
            (MAPPING, "\"contakt\""),
            include("\"contact\"", "\"contakt\""),
        ),
        provoke(
            "M061",
            (FILE, "\"buiten\""),
            with(
                change(SHARED, "include = \"contact\"", "include = \"buiten\""),
                change(INCLUDE, "\"contact\"", "\"buiten\"").replace("target =", "note ="),
            ),
        ),
        provoke(
            "M062",
            (MAPPING, "kleur"),
            include("soort = \"C\"", "soort = \"C\", kleur = \"rood\""),
        ),
        provoke(
            "M062",
            (MAPPING, "\"a:cp\""),
            with(
                change(SHARED, "\"a:tel\"", "\"/a:tel\"").replacen(
                    "\"a:soort\"",
                    "\"/a:soort\"",
                    1,
                ),
                INCLUDE.to_owned(),
            ),
        ),
        provoke(
            "M062",
            (MAPPING, "\"verwijzing.contactpersoon\""),
            shared("target = \"telefoon\"", "const = \"x\""),
        ),
        provoke(
            "M063",
            ("_gedeeld/b.toml", "contact"),
            vec![
                (FILE, SHARED.to_owned()),
                (
                    "_gedeeld/b.toml",
                    "[fragment.contact]\n[[fragment.contact.rule]]\n".to_owned(),
                ),
                (MAPPING, GOOD.to_owned()),
            ],
        ),
        provoke(
            "M063",
            ("_gedeeld/b.toml", "jn"),
            vec![
                (FILE, "[jn]\nJ = true\n".to_owned()),
                ("_gedeeld/b.toml", "[jn]\nN = false\n".to_owned()),
                (MAPPING, GOOD.to_owned()),
            ],
        ),
        provoke(
            "M064",
            (FILE, "[\"f8\"]"),
            with(chain(), change(INCLUDE, "\"contact\"", "\"f0\"")),
        ),
        provoke(
            "M064",
            (FILE, "[\"f"),
            with(doubling(), change(INCLUDE, "\"contact\"", "\"f0\"")),
        ),
        provoke(
            "M065",
            (FILE, "\"${soort}\""),
            include("with = { soort = \"C\" }\n", ""),
        ),
    ]
}

const CHILD: &str = r#"[mapping]
organisatie = "org"
soort = "kind"
titel = "Titel"
direction = "in"
extends = "org/zaak"
remove = ["a:start"]
[[rule]]
replace = "a:nr"
source = "a:nummer"
target = "verwijzing.nummer"
required = true
[[rule]]
after = "a:nr"
source = "a:doel"
target = "verwijzing.doel"
"#;

/// Mistakes in what a mapping extends.
fn extending() -> Vec<Provoked> {
    const CHILD_FILE: &str = "org/kind.toml";
    const PARENT: &str = "org/zaak.toml";
    let child = |from: &str, to: &str| {
        vec![
            (PARENT, GOOD.to_owned()),
            (CHILD_FILE, change(CHILD, from, to)),
        ]
    };
    let level = |index: usize, extends: &str| {
        let text = change(CHILD, "\"kind\"", &format!("\"k{index}\""));
        let head = change(&text, "org/zaak", extends);
        let rules = head.find("remove").expect("it is there");
        head[..rules].to_owned()
    };
    let deep = vec![
        (PARENT, GOOD.to_owned()),
        ("org/k1.toml", level(1, "org/zaak")),
        ("org/k2.toml", level(2, "org/k1")),
        ("org/k3.toml", level(3, "org/k2")),
        ("org/k4.toml", level(4, "org/k3")),
        ("org/k5.toml", level(5, "org/k4")),
    ];
    let round = vec![
        ("org/k1.toml", level(1, "org/k2")),
        ("org/k2.toml", level(2, "org/k1")),
    ];
    let same = change(
        GOOD,
        "[[rule]]\nsource = \"/a:org\"",
        "[[rule]]\nname = \"a:nr\"\nsource = \"/a:org\"",
    );
    vec![
        provoke(
            "M002",
            (CHILD_FILE, "after"),
            child("replace = \"a:nr\"", "replace = \"a:nr\"\nafter = \"a:nr\""),
        ),
        provoke("M004", (CHILD_FILE, "3"), child("\"org/zaak\"", "3")),
        provoke("M004", (CHILD_FILE, "3"), child("[\"a:start\"]", "[3]")),
        provoke(
            "M012",
            (PARENT, "\"verwijzing.numer\""),
            vec![
                (
                    PARENT,
                    change(GOOD, "verwijzing.nummer", "verwijzing.numer"),
                ),
                (CHILD_FILE, change(CHILD, "replace = \"a:nr\"\n", "")),
            ],
        ),
        provoke("M061", ("org/k1.toml", "\"org/k2\""), round),
        provoke("M064", ("org/k1.toml", "\"org/zaak\""), deep),
        provoke(
            "M066",
            (CHILD_FILE, "\"org/zaken\""),
            child("org/zaak", "org/zaken"),
        ),
        provoke(
            "M067",
            (CHILD_FILE, "\"a:num\""),
            child("replace = \"a:nr\"", "replace = \"a:num\""),
        ),
        provoke(
            "M067",
            (CHILD_FILE, "\"a:num\""),
            child("after = \"a:nr\"", "after = \"a:num\""),
        ),
        provoke(
            "M067",
            (CHILD_FILE, "\"a:eind\""),
            child("\"a:start\"", "\"a:eind\""),
        ),
        provoke(
            "M067",
            (CHILD_FILE, "\"a:start / a:x\""),
            child("\"a:start\"", "\"a:start / a:x\""),
        ),
        provoke(
            "M067",
            (PARENT, "\"a:nr\""),
            vec![(
                PARENT,
                change(GOOD, "required", "after = \"a:nr\"\nrequired"),
            )],
        ),
        provoke(
            "M068",
            (CHILD_FILE, "\"a:nr\""),
            vec![(PARENT, same), (CHILD_FILE, CHILD.to_owned())],
        ),
    ]
}

/// Fragments that include each other, deeper than may be.
fn chain() -> String {
    let mut text = String::new();
    for index in 0..12 {
        let next = index + 1;
        let fragment =
            format!("[fragment.f{index}]\n[[fragment.f{index}.rule]]\ninclude = [\"f{next}\"]\n");
        text.push_str(&fragment);
    }
    text + "[fragment.f12]\n[[fragment.f12.rule]]\nsource = \"a:x\"\nconst = \"x\"\n"
}

/// Fragments that include the next one many times: what a small file could grow into.
fn doubling() -> String {
    let mut text = String::new();
    for index in 0..6 {
        let next = vec![format!("\"f{}\"", index + 1); 40].join(", ");
        let fragment =
            format!("[fragment.f{index}]\n[[fragment.f{index}.rule]]\ninclude = [{next}]\n");
        text.push_str(&fragment);
    }
    text + "[fragment.f6]\n[[fragment.f6.rule]]\nsource = \"a:x\"\nconst = \"x\"\n"
}

fn found(files: &[(&'static str, String)]) -> Vec<Diagnostic> {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    compile(&files)
}

#[test]
fn what_is_included_has_no_diagnostics_of_its_own() {
    let whole = format!("{GOOD}{INCLUDE}");
    assert_eq!(
        compile(&[("_gedeeld/a.toml", SHARED), ("org/zaak.toml", &whole)]),
        []
    );
    let buiten = change(INCLUDE, "\"contact\"", "\"buiten\"").replace("with =", "# with =");
    let whole = format!("{GOOD}{buiten}");
    assert_eq!(
        compile(&[("_gedeeld/a.toml", SHARED), ("org/zaak.toml", &whole)]),
        []
    );
}

#[test]
fn each_mistake_in_what_is_shared_is_found_in_its_own_file() {
    for Provoked { code, at, files } in provoked() {
        let (file, start) = at;
        let found = found(&files);
        let text = &files
            .iter()
            .find(|(path, _)| *path == file)
            .expect("it is there")
            .1;
        let place = found.iter().any(|one| {
            one.code == code
                && one.file == file
                && text[offset(text, one.line, one.column)..].starts_with(start)
        });
        let shown: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        assert!(
            place,
            "{code} at `{start}` in {file}; found:\n{}",
            shown.join("\n")
        );
        assert!(DOCS.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn a_mistake_in_a_fragment_names_the_mapping_and_every_include_on_the_way() {
    let shared = change(SHARED, "target = \"telefoon\"", "target = \"tel\"");
    let include = change(INCLUDE, "\"contact\"", "\"buiten\"").replace("with =", "# with =");
    let mapping = format!("{GOOD}{include}");
    let found = compile(&[("_gedeeld/a.toml", &shared), ("org/zaak.toml", &mapping)]);
    let lines: Vec<_> = found.iter().map(|one| one.render(Lang::Nl)).collect();
    assert_eq!(
        lines,
        [
            "_gedeeld/a.toml:4:10: M012 `verwijzing` heeft geen attribuut `contactpersoon.tel`. \
             Bedoelt u `contactpersoon`? (opgenomen door org/zaak.toml:38:11 > _gedeeld/a.toml:11:11)"
        ]
    );
    let json = serde_json::to_value(&found[0]).expect("it can be written");
    assert_eq!(
        json["opgenomenDoor"],
        "org/zaak.toml:38:11 > _gedeeld/a.toml:11:11"
    );
}

#[test]
fn what_is_too_much_is_said_once() {
    let mapping = format!("{GOOD}{}", change(INCLUDE, "\"contact\"", "\"f0\""));
    let found = compile(&[
        ("_gedeeld/a.toml", &doubling()),
        ("org/zaak.toml", &mapping),
    ]);
    let codes: Vec<_> = found.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["M064"]);
}
