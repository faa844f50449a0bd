//! Keeps the module rows of `src/lib.rs`: imports run one way, siblings do not know each other, and the pure rows
//! hold no I/O, no clock, no randomness and no async. Any `crate::` path counts, not only `use`.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

/// The rows, from the bottom. Modules of one row do not know each other, except in the last row, whose modules may
/// use the ones that stand before them.
const ROWS: [&[&str]; 8] = [
    &["document"],
    &["canonical"],
    &["adapters", "schema", "sealing"],
    &["mapping", "privacy"],
    &["store", "broker", "outbound", "isolation", "tools"],
    &["access", "pipeline"],
    &["api", "worker"],
    &["telemetry", "config", "app", "demo", "bench", "cli"],
];

/// Rows up to this one are pure, and so are these modules of later rows.
const LAST_PURE_ROW: usize = 3;
const PURE_TOO: [&str; 1] = ["tools"];

/// What a pure module does not name, and why.
const IMPURE: [(&str, &str); 12] = [
    ("std::fs", "files"),
    ("std::net", "the network"),
    ("std::process", "processes"),
    ("std::env", "the environment"),
    ("std::io::std", "terminals"),
    ("tokio", "async"),
    ("async fn", "async"),
    ("sqlx", "databases"),
    ("reqwest", "the network"),
    ("lapin", "the network"),
    ("Timestamp::now", "a clock of its own"),
    ("SystemTime", "a clock of its own"),
];

/// The one place that may ask the machine for the time, and those that may ask it for random bytes.
const CLOCK: &str = "canonical/clock.rs";
const RANDOM: [&str; 2] = ["sealing/", "canonical/ids.rs"];

#[test]
fn modules_name_only_modules_of_earlier_rows_and_the_pure_rows_are_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut violations = Vec::new();
    let mut modules = BTreeSet::new();
    for file in rust_files(&root) {
        let text = std::fs::read_to_string(&file).expect("a source file is readable");
        let name = file
            .strip_prefix(&root)
            .expect("below src")
            .to_string_lossy()
            .replace('\\', "/");
        modules.extend(module_of(&name).map(str::to_owned));
        violations.extend(check(&name, &text));
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    for module in modules {
        assert!(row(&module).is_some(), "`{module}` stands in no row");
    }
}

#[test]
fn the_check_itself_finds_what_it_should() {
    let found = |name: &str, text: &str| !check(name, text).is_empty();
    for (name, text) in [
        ("document/tree.rs", "use crate::canonical::Kind;"),
        ("adapters/xml.rs", "use crate::schema::Schemas;"),
        ("privacy/filter.rs", "fn f() { crate::mapping::compile() }"),
        (
            "store/mod.rs",
            "let x: Vec<crate :: broker :: Parcel> = vec![];",
        ),
        (
            "pipeline/receive.rs",
            "use crate::{store::Store, api::Problem};",
        ),
        (
            "pipeline/receive.rs",
            "use crate::{\n    store::{Store, Tx},\n    access::Caller,\n};",
        ),
        ("config/mod.rs", "use crate::app::App;"),
        ("mapping/run.rs", "use schakel::store::Store;"),
        ("store/mod.rs", "use super::super::broker::Broker;"),
        ("mapping/run.rs", "let x = std::fs::read(path);"),
        ("mapping/run.rs", "use std::{fs, io};"),
        ("canonical/merge.rs", "let now = Timestamp::now();"),
        ("canonical/id.rs", "Uuid::now_v7()"),
        ("schema/mod.rs", "let x = rand::random();"),
        ("adapters/mod.rs", "async fn decode() {}"),
        ("tools/mask.rs", "let x = std::fs::read(path);"),
        ("unheard_of/mod.rs", "use crate::document::Node;"),
    ] {
        assert!(found(name, text), "{name}: {text}");
    }
    for (name, text) in [
        (
            "api/mod.rs",
            "use crate::pipeline::Pipeline;\nuse crate::api::problem::Problem;",
        ),
        ("cli/mod.rs", "use crate::app::App;"),
        ("canonical/clock.rs", "Timestamp::now()"),
        ("sealing/mod.rs", "getrandom::fill(&mut nonce)"),
        (
            "mapping/run.rs",
            "// crate::store is above us\n/* tokio */ let x = \"crate::api::X\";",
        ),
        ("adapters/xml/tests.rs", "let x = std::fs::read(path);"),
        ("canonical/ids.rs", "Uuid::now_v7()"),
        (
            "mapping/run.rs",
            "#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
        ),
        ("lib.rs", "pub mod document;"),
    ] {
        assert!(!found(name, text), "{name}: {text}");
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a source folder is readable") {
        let path = entry.expect("an entry is readable").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}

/// The module a file belongs to; none for `lib.rs` and `main.rs`.
fn module_of(name: &str) -> Option<&str> {
    match name.split_once('/') {
        Some((module, _)) => Some(module),
        None => name
            .strip_suffix(".rs")
            .filter(|stem| !["lib", "main"].contains(stem)),
    }
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// Whether code of one module may name another.
fn may_name(module: &str, other: &str) -> bool {
    let place = |name: &str| {
        let row = row(name)?;
        Some((row, ROWS[row].iter().position(|other| *other == name)?))
    };
    let (Some((row, seat)), Some((other_row, other_seat))) = (place(module), place(other)) else {
        return false;
    };
    module == other
        || other_row < row
        || (row == ROWS.len() - 1 && other_row == row && other_seat < seat)
}

/// Everything in a file that its module's place forbids.
fn check(name: &str, text: &str) -> Vec<String> {
    let Some(module) = module_of(name) else {
        return Vec::new();
    };
    let code = code_of(text);
    let mut violations = named_modules(&code, name)
        .into_iter()
        .filter(|other| !may_name(module, other))
        .map(|other| format!("src/{name} names `{other}`, which stands beside or above `{module}`"))
        .collect::<Vec<_>>();
    let is_test = name.ends_with("tests.rs") || name.contains("/tests/");
    let pure = PURE_TOO.contains(&module) || row(module).is_some_and(|row| row <= LAST_PURE_ROW);
    if !is_test && pure {
        let lasting = without_tests(&code);
        let flat = flattened_uses(lasting);
        for (part, what) in IMPURE {
            let is_clock = what == "a clock of its own" && name == CLOCK;
            if !is_clock && (names(lasting, part) || flat.iter().any(|path| path.starts_with(part)))
            {
                violations.push(format!(
                    "src/{name} names `{part}`: {what} in a pure module"
                ));
            }
        }
        for random in ["rand::", "getrandom", "now_v7", "new_v4"] {
            if !RANDOM.iter().any(|place| name.starts_with(place)) && names(lasting, random) {
                violations.push(format!(
                    "src/{name} names `{random}`: chance in a pure module"
                ));
            }
        }
    }
    violations
}

/// Whether a text names a path, not as the end of a longer word.
fn names(code: &str, part: &str) -> bool {
    code.match_indices(part)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The code without its comments and without what stands in quotes, and without spaces around `::`.
fn code_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let closing = format!("\"{}", "#".repeat(hashes));
            let open = 1 + hashes + 1;
            rest[open..]
                .find(&closing)
                .map_or(rest.len(), |end| open + end + closing.len())
        } else if first == '"' {
            quoted_length(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            rest[2..].find('\'').map_or(rest.len(), |end| end + 3)
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        out.push(' ');
        rest = &rest[skipped..];
    }
    let mut tidy = String::with_capacity(out.len());
    for piece in out.split("::") {
        if tidy.is_empty() {
            tidy.push_str(piece);
        } else {
            tidy.truncate(tidy.trim_end().len());
            tidy.push_str("::");
            tidy.push_str(piece.trim_start());
        }
    }
    tidy
}

/// The number of hashes when a raw string starts here.
fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn quoted_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The code before its own test module: tests may read files.
fn without_tests(code: &str) -> &str {
    code.find("#[cfg(test)]").map_or(code, |at| &code[..at])
}

/// The top-level modules of this crate that a piece of code names, by `crate::`, by the crate's own name or by
/// `super::` steps that leave its module.
fn named_modules(code: &str, file: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let depth = file.matches('/').count() - usize::from(file.ends_with("/mod.rs"));
    let out_of_module = "super::".repeat(depth + 1);
    for start in ["crate::", "schakel::", &out_of_module] {
        for (at, _) in code.match_indices(start) {
            let before = &code[..at];
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
                || before.ends_with("::")
            {
                continue;
            }
            let rest = &code[at + start.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(group_heads(group)),
                None => found.extend(first_word(rest)),
            }
        }
    }
    found
}

/// The first word of each part of `{a::b, c::{d, e}}`, the opening brace taken off.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut at_start = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            c if at_start && !c.is_whitespace() => {
                heads.extend(first_word(&group[at..]));
                at_start = false;
            }
            _ => {}
        }
    }
    heads
}

fn first_word(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// `use std::{fs, io};` as `std::fs` and `std::io`.
fn flattened_uses(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, start) in code.match_indices("std::{") {
        for head in group_heads(&code[at + start.len()..]) {
            paths.push(format!("std::{head}"));
        }
    }
    paths
}
