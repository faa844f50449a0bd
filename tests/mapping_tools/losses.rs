//! The loss report: every reason that it can give, with a mapping that gives it.

use crate::shipped::SCHEMAS;
use schakel::document::Lang;
use schakel::mapping::Library;
use schakel::tools::Subject;
use schakel::tools::coverage;
use std::collections::BTreeSet;
use std::path::Path;

/// A rule that gives a reason.
#[derive(Clone, Copy)]
struct Case {
    direction: &'static str,
    /// The format with its table.
    format: &'static str,
    rule: &'static str,
    /// What the report calls the rule; nothing for the mapping as a whole.
    name: &'static str,
    /// The reasons that it gives for it, in its order.
    why: &'static [&'static str],
}

const CSV: &str = "csv\n[csv]";
const JSON: &str = "json\n[json]";
const XML: &str = "xml\n[xml]\nroot = \"bericht\"\nelement = \"regel\"";

const fn both(format: &'static str, rule: &'static str, why: &'static [&'static str]) -> Case {
    Case {
        direction: "both",
        format,
        rule,
        name: "a",
        why,
    }
}

const fn of(direction: &'static str, name: &'static str, case: Case) -> Case {
    Case {
        direction,
        name,
        ..case
    }
}

#[allow(clippy::too_many_lines)] // a table
fn cases() -> Vec<Case> {
    vec![
        // ways
        of(
            "in",
            "",
            both(
                CSV,
                "source = 'a'\ntarget = 'logboekregel.beschrijving'",
                &["richting"],
            ),
        ),
        of(
            "out",
            "",
            both(
                CSV,
                "source = 'a'\ntarget = 'logboekregel.beschrijving'",
                &["richting"],
            ),
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.beschrijving'\ndirection = 'in'",
            &["richting"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.beschrijving'\ndirection = 'out'\n[[rule]]\nsource = 'b'\ntarget = 'logboekregel.samenvattingDeelbaar'",
            &["richting"],
        ),
        of(
            "both",
            "logboekregel.status",
            both(
                CSV,
                "target = 'logboekregel.status'\nconst = 'definitief'\n[[rule]]\nsource = 'b'\ntarget = 'logboekregel.beschrijving'",
                &["gezet"],
            ),
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.beschrijving'\nwhen = { source = 'b', is = 'J', target = 'logboekregel.gepland', value = true }",
            &["voorwaarde"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.besprokenActies'",
            &["lijst"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.besprokenActies'\ncodec = { codec = 'list', separator = ',' }",
            &["lijst"],
        ),
        of(
            "both",
            "/a",
            both(
                XML,
                "source = '/a'\ntarget = 'opdracht.raamcontract'",
                &["eenmaal"],
            ),
        ),
        // parts
        of(
            "both",
            "a + b",
            both(
                CSV,
                "sources = ['a', 'b']\ntarget = 'kandidaat.volledigeNaam'\ncodec = { codec = 'compose', separator = '|' }",
                &["delen"],
            ),
        ),
        of(
            "in",
            "a + b",
            both(
                CSV,
                "sources = ['a', 'b']\ntarget = 'kandidaat.volledigeNaam'\ncodec = { codec = 'compose', separator = ' ', gaps = 'skip' }",
                &["delen"],
            ),
        ),
        both(
            CSV,
            "source = 'a'\ntargets = ['opdracht.raamcontract', 'opdracht.tariefafspraak']\ncodec = { codec = 'compose', separator = '/' }",
            &["delen"],
        ),
        of(
            "both",
            "a",
            both(
                JSON,
                "source = 'a'\ntarget = 'trajectplan.doelen'\n[[rule.rule]]\nsource = 'tekst'\ntarget = 'omschrijving'",
                &["volgorde"],
            ),
        ),
        // values
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.beschrijving'\ncodec = { codec = 'text', max = 9, over = 'cut' }",
            &["afgekapt"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.beschrijving'\ncodec = { codec = 'text', case = 'upper' }",
            &["schrijfwijze"],
        ),
        both(
            JSON,
            "source = 'a'\ntarget = 'logboekregel.nummer'\ncodec = { codec = 'text', only = 'digits', as = 'number' }",
            &["getal"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'opdracht.evaluatieInterval'\ncodec = 'integer'",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.minuten'\ncodec = { codec = 'decimal', unit = { from = 'hours', to = 'minutes' }, rounding = 'nearest' }",
            &["schrijfwijze", "afgerond"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.datum'\ncodec = { codec = 'date', forms = ['iso', 'dd-mm-jjjj'] }",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.datum'\ncodec = { codec = 'date', forms = ['d-m-jj'], pivot = 40 }",
            &["schrijfwijze", "eeuw"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'kandidaat.geboortedatum'\ncodec = { codec = 'partial-date', forms = ['iso'] }",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.vastgelegdOp'\ncodec = 'timestamp'",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.vastgelegdOp'\ncodec = { codec = 'timestamp', forms = ['date'] }",
            &["tijd"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.beginTijd'\ncodec = 'time'",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'kandidaat.bsn'\ncodec = 'bsn'",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'kandidaat.adres.postcode'\ncodec = 'postcode'",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'opdracht.opdrachtgever.kvk'\ncodec = 'kvk'",
            &["schrijfwijze"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.gepland'\ncodec = { codec = 'boolean', true = ['J', 'Ja'], false = ['N'] }",
            &["codes"],
        ),
        // codes
        both(
            CSV,
            "source = 'a'\ntarget = 'kandidaat.banenafspraak'\ncodec = { codec = 'table', codes = { J = 'ja', JA = 'ja', N = 'nee', V = 'vermoedelijk' } }",
            &["codes"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'kandidaat.banenafspraak'\ncodec = { codec = 'table', codes = { J = 'ja' } }",
            &["codelijst"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'kandidaat.banenafspraak'\ndefault = 'nee'\ncodec = { codec = 'table', codes = { J = 'ja', N = 'nee', V = 'vermoedelijk' }, unknown = 'default' }",
            &["standaard", "standaard"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'kandidaat.banenafspraak'\ncodec = { codec = 'table', codes = { J = 'ja', N = 'nee', V = 'vermoedelijk' }, unknown = 'keep' }",
            &["bewaard"],
        ),
        both(
            CSV,
            "source = 'a'\ntarget = 'logboekregel.beschrijving'\nplaceholders = { '-' = 'geenWaarde', 'n.v.t.' = 'geenWaarde' }",
            &["plaatshouder"],
        ),
        of(
            "both",
            "",
            both(
                "csv\n[csv]\nplaceholders = { '-' = 'geenWaarde', 'n.v.t.' = 'geenWaarde' }",
                "source = 'a'\ntarget = 'logboekregel.beschrijving'",
                &["plaatshouder"],
            ),
        ),
    ]
}

/// The reasons of a case, and the sentences of all of its mapping.
fn told(case: &Case, sentences: &mut BTreeSet<String>) -> Result<Vec<&'static str>, String> {
    let Case {
        direction,
        format,
        rule,
        ..
    } = case;
    let (format, table) = format.split_once('\n').expect("a table");
    let target = rule.split("target").nth(1).expect("a target");
    let main = target.split(['\'', '.']).nth(1).expect("a kind");
    let delivers = if *direction == "in" {
        ""
    } else {
        "delivers = \"none\"\nper = \"message\""
    };
    let text = format!(
        "[mapping]\norganisatie = \"proef\"\nsoort = \"verlies\"\ntitel = \"Verlies\"\nstatus = \"proef\"\n\
         direction = \"{direction}\"\nformat = \"{format}\"\nmain = \"{main}\"\n{delivers}\n\n{table}\n\n[[rule]]\n{rule}\n"
    );
    let file = "proef/verlies.toml";
    let library = Library::compile(&[(file.to_owned(), text.clone())], &SCHEMAS);
    let library = library.map_err(|found| {
        let found: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        found.join("\n")
    })?;
    let mapping = library.get("proef", "verlies").expect("compiled");
    let subject = Subject {
        mapping,
        file,
        text: &text,
        schemas: &SCHEMAS,
    };
    let losses = coverage(&subject, &[]).expect("it has rules").losses;
    for loss in &losses {
        for lang in [Lang::Nl, Lang::En] {
            sentences.insert(loss.sentence.get(lang).to_owned());
        }
    }
    let own = losses.iter().filter(|loss| loss.rule == case.name);
    Ok(own.map(|loss| loss.why).collect())
}

#[test]
fn every_reason_of_the_loss_report_is_given_for_a_rule_that_has_it() {
    let mut wrong = Vec::new();
    let (mut words, mut sentences) = (BTreeSet::new(), BTreeSet::new());
    for case in cases() {
        let found = told(&case, &mut sentences);
        words.extend(found.iter().flatten().copied());
        if found.as_deref() != Ok(case.why) {
            wrong.push(format!("{}\n=> {found:?}, not {:?}", case.rule, case.why));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));

    // the docs have a line for each, and for nothing else
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_to_string(root.join("mappings/README.md")).expect("read");
    let (_, table) = docs
        .split_once("| word | why |\n|---|---|\n")
        .expect("the table");
    let lines = table.lines().take_while(|line| line.starts_with('|'));
    let documented: BTreeSet<&str> = lines
        .map(|line| line.split('`').nth(1).expect("a word"))
        .collect();
    assert_eq!(words, documented);

    // and no sentence that the report can say is left unsaid here
    for name in ["loss.rs", "spelling.rs"] {
        let path = root.join("src/tools/coverage").join(name);
        let text = std::fs::read_to_string(path).expect("read");
        let literals = text
            .lines()
            .flat_map(|line| line.split('"').skip(1).step_by(2));
        let said: Vec<&str> = literals
            .filter(|text| text.starts_with(char::is_uppercase) && text.ends_with('.'))
            .collect();
        assert!(said.len() > 20, "{name}");
        for literal in said {
            let begin = literal.split('{').next().unwrap_or(literal);
            let is_said = sentences.iter().any(|sentence| sentence.starts_with(begin));
            assert!(is_said, "no case gives: {literal}");
        }
    }
}
