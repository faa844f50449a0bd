//! What the values of a field look like, and how a rule would write them.

use crate::canonical::OrgCode;
use crate::canonical::elfproef;
use crate::document::Measure;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::codec::Cell;
use crate::mapping::codec::DateCodec;
use crate::mapping::codec::DateForm;
use crate::mapping::codec::Serials;
use crate::mapping::codec::is_rfc3339;
use crate::schema::Counts;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::tools::propose::name::Called;
use crate::tools::propose::tables::Tables;
use crate::tools::propose::target::Target;
use crate::tools::toml::quoted;
use crate::tools::vocabulary::is_postcode;

/// The share of values that must fit for a shape to count, in percent.
const MOST: usize = 90;
/// How much nothing at all says of a shape: a name that is an attribute's own is taken by itself.
const UNSEEN: f64 = 0.25;
/// Two digits for a year up to this one are of this century.
const PIVOT: i16 = 40;
/// Words for yes and no, in pairs.
const YES_NO: [(&str, &str); 7] = [
    ("J", "N"),
    ("Ja", "Nee"),
    ("true", "false"),
    ("Y", "N"),
    ("Yes", "No"),
    ("1", "0"),
    ("X", "-"),
];
/// Signs that part items in one text.
const SEPARATORS: [char; 4] = [',', ';', '|', '/'];

/// How the values of a field fit an attribute.
pub(super) struct Fit {
    /// From 0 (they cannot be it) to 1 (they can hardly be anything else).
    pub degree: f64,
    /// What stands behind `codec =`; none where the attribute's own type says it.
    pub codec: Option<String>,
    /// Some values do not fit.
    pub loose: bool,
}

impl Fit {
    const fn plain(degree: f64) -> Self {
        Self {
            degree,
            codec: None,
            loose: false,
        }
    }

    fn of(degree: f64, codec: impl Into<String>) -> Self {
        Self {
            codec: Some(codec.into()),
            ..Self::plain(degree)
        }
    }
}

/// A value of a sample.
fn cell(node: &Node) -> Option<Cell<'_>> {
    Some(match &node.value {
        Value::Bool(value) => Cell::Bool(*value),
        Value::Number(text) | Value::Moment(text) | Value::Measure(_, text) => Cell::Number(text),
        _ => Cell::Text(node.as_text()?),
    })
}

/// Words for nothing that people fill in where a value would stand, in small letters.
const NOTHING: [&str; 14] = [
    "-", "--", "?", "??", "onbekend", "nnb", "n.n.b.", "nvt", "n.v.t.", "n.b.", "geen", "unknown",
    "n/a", "null",
];

fn is_nothing(node: &Node) -> bool {
    let text = node.as_text().map(|text| text.trim().to_lowercase());
    text.is_some_and(|text| NOTHING.contains(&text.as_str()))
}

/// Whether nothing else looks like the values of an attribute, so that they tell it whatever they are called.
pub(super) fn tells(target: &Target) -> bool {
    target.bsn
        || target.groups.is_empty() && matches!(step(target), "email" | "telefoon")
        || step(target) == "postcode"
}

fn step(target: &Target) -> &str {
    target.path.rsplit('/').next().unwrap_or_default()
}

/// How many different numbers of a field pass the elfproef; none where not all do.
pub(super) fn proofs(values: &[&Node]) -> usize {
    let told = values.iter().filter(|node| !is_nothing(node));
    let mut texts: Vec<&str> = told
        .filter_map(|node| Some(node.as_text()?.trim()))
        .collect();
    if !texts.iter().all(|text| is_bsn(text)) {
        return 0;
    }
    texts.sort_unstable();
    texts.dedup();
    texts.len()
}

/// How the values fit an attribute; `name` is what the field is called.
pub(super) fn fit(
    target: &Target,
    name: &Called,
    values: &[&Node],
    tables: &Tables,
    schemas: &Schemas,
) -> Fit {
    let told: Vec<&Node> = values
        .iter()
        .copied()
        .filter(|node| !is_nothing(node))
        .collect();
    let fit = fitted(target, name, &told, tables, schemas);
    // what stands for nothing has no form that a codec reads; a text has none to begin with
    let loose =
        fit.loose || told.len() < values.len() && !matches!(target.shape, Shape::Text { .. });
    Fit { loose, ..fit }
}

fn fitted(
    target: &Target,
    name: &Called,
    values: &[&Node],
    tables: &Tables,
    schemas: &Schemas,
) -> Fit {
    let is_moment = |node: &&&Node| matches!(node.value, Value::Moment(_));
    let of_time = matches!(
        target.shape,
        Shape::Date | Shape::PartialDate | Shape::Timestamp | Shape::ClockTime
    );
    let shown_so = values.iter().filter(is_moment).count();
    if !of_time && shown_so * 100 > values.len() * (100 - MOST) {
        return Fit::plain(0.0);
    }
    if let Some(fit) = measures(target, values) {
        return fit;
    }
    // what its program made a date of says nothing of what else stands there
    let others = values.iter().filter(|node| of_time || !is_moment(node));
    let cells: Vec<Cell<'_>> = others.filter_map(|node| cell(node)).collect();
    if cells.is_empty() {
        return Fit::plain(UNSEEN);
    }
    let texts: Vec<&str> = cells.iter().map(|cell| cell.text().trim()).collect();
    let share = |holds: &dyn Fn(&str) -> bool| {
        let fitting = texts.iter().filter(|text| holds(text)).count();
        (fitting * 100 / texts.len(), fitting < texts.len())
    };
    let most = |degree: f64, codec: &str, holds: &dyn Fn(&str) -> bool| {
        let (percent, loose) = share(holds);
        if percent >= MOST {
            return Fit {
                loose,
                ..Fit::of(degree, quoted(codec))
            };
        }
        let several = |sign: &&char| {
            target.list
                && share(&|text: &str| text.split(**sign).all(|one| holds(one.trim()))).0 >= MOST
        };
        SEPARATORS
            .iter()
            .find(several)
            .map_or(Fit::plain(0.0), |sign| {
                Fit::of(
                    degree,
                    format!(
                        "{{ codec = \"list\", separator = \"{sign}\", item = {} }}",
                        quoted(codec)
                    ),
                )
            })
    };
    if let Some(list) = &target.code_list {
        return coded(target, list, &texts, tables, schemas);
    }
    match (&target.shape, step(target)) {
        _ if target.bsn => most(1.0, "bsn", &is_bsn),
        (_, "postcode") => most(1.0, "postcode", &is_postcode),
        (_, "telefoon") => most(0.9, "phone", &is_phone),
        (_, "email") => most(1.0, "email", &is_email),
        (_, "oin") => most(1.0, "oin", &|text| text.len() == 20 && digits(text)),
        (_, "kvk") => most(0.9, "kvk", &|text| text.len() == 8 && digits(text)),
        (_, "rsin") => most(0.9, "rsin", &|text| elfproef(text)),
        (_, "code")
            if target.path.starts_with("opdrachtgeve") || target.path.starts_with("uitvoer") =>
        {
            let fits = share(&|text| text.parse::<OrgCode>().is_ok()).0 >= MOST;
            Fit::plain(if fits { 0.6 } else { 0.0 })
        }
        (_, "gemeentecode") => {
            let fits = share(&|text| (3..=4).contains(&text.len()) && digits(text)).0 >= MOST;
            Fit::plain(if fits { 0.9 } else { 0.0 })
        }
        (Shape::Date, _) => dates(&cells, false),
        (Shape::PartialDate, _) => dates(&cells, true),
        (Shape::Timestamp, _) => moments(&texts),
        (Shape::ClockTime, _) => most(1.0, "time", &|text| is_clock(text) || is_fraction(text)),
        (Shape::Integer { counts, .. }, _) => numbers(target, *counts, name, &texts),
        (Shape::Boolean, _) => yes_no(&cells),
        (Shape::Text { max }, _) => {
            let long = texts.iter().any(|text| text.chars().count() > *max);
            // what is clearly something else is no plain text
            let other = target.kind.is_some() && share(&is_bsn).0 >= MOST
                || share(&is_email).0 >= MOST
                || cells.iter().all(|cell| read_date(*cell).is_some())
                || texts.iter().all(|text| is_clock(text))
                || cells.iter().all(|cell| matches!(cell, Cell::Bool(_)))
                || (target.prose || step(target).to_lowercase().ends_with("naam"))
                    && texts.iter().all(|text| !text.contains(char::is_alphabetic));
            Fit::plain(if long || other { 0.0 } else { 0.6 })
        }
        _ => Fit::plain(0.3),
    }
}

/// What is shown as a percentage, or as hours: what counts these reads it, and nothing else does.
fn measures(target: &Target, values: &[&Node]) -> Option<Fit> {
    let measure = values.iter().find_map(|node| match node.value {
        Value::Measure(measure, _) => Some(measure),
        _ => None,
    })?;
    let counts = match &target.shape {
        Shape::Integer { counts, .. } => *counts,
        Shape::ClockTime if measure == Measure::Span => return Some(Fit::of(0.9, quoted("time"))),
        _ => None,
    };
    Some(match (measure, counts) {
        (Measure::Percent, Some(Counts::BasisPoints)) => Fit::of(
            1.0,
            "{ codec = \"decimal\", unit = { from = \"percent\", to = \"basis-points\" } }",
        ),
        (Measure::Span, Some(Counts::Minutes)) => Fit::of(
            1.0,
            "{ codec = \"decimal\", unit = { from = \"hours\", to = \"minutes\" } }",
        ),
        _ => Fit::plain(0.0),
    })
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_bsn(text: &str) -> bool {
    (8..=9).contains(&text.len()) && elfproef(&format!("{text:0>9}"))
}

/// The form of a text that nothing but a value has.
pub(super) fn form(text: &str) -> Option<&'static str> {
    if is_bsn(text) {
        return Some("bsn");
    }
    let date = || read_date(Cell::Text(text)).filter(|form| *form != "excel");
    let other = [
        ("email", is_email as fn(&str) -> bool),
        ("postcode", is_postcode),
        ("phone", is_phone),
    ];
    date().or_else(|| {
        let found = other.iter().find(|(_, holds)| holds(text));
        found.map(|(form, _)| *form)
    })
}

fn is_phone(text: &str) -> bool {
    let count = text.bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&count)
        && text.starts_with(['0', '+', '('])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b" +-()./".contains(&byte))
}

fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !text.contains(char::is_whitespace)
}

fn is_clock(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(hour, rest)| {
        hour.len() <= 2 && digits(hour) && rest.len() >= 2 && digits(&rest.replace(':', ""))
    })
}

/// A part of a day, as a workbook keeps a time.
fn is_fraction(text: &str) -> bool {
    text.strip_prefix("0.").is_some_and(digits)
}

/// The form a date is written in.
fn read_date(cell: Cell<'_>) -> Option<&'static str> {
    let forms = [
        "iso",
        "eejjmmdd",
        "dd-mm-jjjj",
        "d-m-jjjj",
        "d-m-jj",
        "excel",
    ];
    forms.into_iter().find(|name| {
        let form = DateForm::ALL.iter().find(|(known, _)| known == name);
        form.is_some_and(|(_, form)| {
            let codec = DateCodec {
                forms: vec![*form],
                pivot: PIVOT,
                serials: Serials::default(),
            };
            let plausible = *form != DateForm::Excel
                || cell
                    .text()
                    .parse::<f64>()
                    .is_ok_and(|day| day > 10_000.0 && day < 80_000.0);
            plausible && codec.decode(cell).is_ok()
        })
    })
}

fn dates(cells: &[Cell<'_>], partial: bool) -> Fit {
    let mut forms: Vec<&str> = Vec::new();
    let mut read = 0;
    for cell in cells {
        let text = cell.text().trim();
        let form = read_date(*cell).or_else(|| {
            let zeros = text.len() == 8 && digits(text) && text.ends_with("00");
            let month = text.split_once('-').is_some_and(|(year, month)| {
                year.len() == 4 && month.len() == 2 && digits(year) && digits(month)
            });
            let year = text.len() == 4 && digits(text) || month;
            let dashed =
                text.len() == 10 && text.starts_with("00-") && text.matches('-').count() == 2;
            match (partial, zeros, year) {
                (true, true, _) => Some("eejjmmdd"),
                (true, _, true) => Some("iso"),
                (true, ..) if dashed => Some("dd-mm-jjjj"),
                _ => None,
            }
        });
        let Some(form) = form else { continue };
        read += 1;
        let possible = !partial || matches!(form, "iso" | "eejjmmdd" | "dd-mm-jjjj");
        if possible && !forms.contains(&form) {
            forms.push(form);
        }
    }
    // two digits for a day are read by the form that takes one as well
    if forms.contains(&"d-m-jjjj") {
        forms.retain(|form| *form != "dd-mm-jjjj");
    }
    if read * 100 < cells.len() * MOST || forms.is_empty() {
        return Fit::plain(0.0);
    }
    let loose = read < cells.len();
    if forms == ["iso"] {
        return Fit {
            loose,
            ..Fit::plain(1.0)
        };
    }
    let name = if partial { "partial-date" } else { "date" };
    let list: Vec<String> = forms.iter().map(|form| quoted(form)).collect();
    let pivot = if forms.contains(&"d-m-jj") {
        format!(", pivot = {PIVOT}")
    } else {
        String::new()
    };
    let codec = format!(
        "{{ codec = \"{name}\", forms = [{}]{pivot} }}",
        list.join(", ")
    );
    Fit {
        loose,
        ..Fit::of(1.0, codec)
    }
}

fn moments(texts: &[&str]) -> Fit {
    let rfc = texts.iter().all(|text| is_rfc3339(text));
    let stuf = |text: &&str| {
        (8..=17).contains(&text.len()) && digits(text) && text.starts_with(['1', '2'])
    };
    let day = |text: &&str| {
        let dashed = text.len() == 10 && digits(&text.replacen('-', "", 2));
        dashed && text.parse::<jiff::civil::Date>().is_ok() || text.len() == 8 && digits(text)
    };
    if rfc {
        Fit::plain(1.0)
    } else if texts.iter().all(day) {
        Fit::of(0.9, "{ codec = \"timestamp\", forms = [\"date\"] }")
    } else if texts.iter().all(stuf) {
        Fit::of(1.0, "{ codec = \"timestamp\", forms = [\"stuf\"] }")
    } else {
        Fit::plain(0.0)
    }
}

/// Whole numbers, or decimals in some unit of what the attribute counts.
fn numbers(target: &Target, counts: Option<Counts>, name: &Called, texts: &[&str]) -> Fit {
    let whole = |text: &&str| digits(text.strip_prefix('-').unwrap_or(text));
    if target.list && !texts.iter().all(whole) {
        let parted = |sign: &&char| {
            texts
                .iter()
                .all(|text| text.split(**sign).all(|item| digits(item.trim())))
        };
        let sign = SEPARATORS.iter().find(parted);
        return sign.map_or(Fit::plain(0.0), |sign| {
            let codec =
                format!("{{ codec = \"list\", separator = \"{sign}\", item = \"integer\" }}");
            Fit::of(0.9, codec)
        });
    }
    let decimal = |sign: char| {
        move |text: &&str| {
            let text = text.strip_prefix('-').unwrap_or(text);
            let (left, right) = text.split_once(sign).unwrap_or((text, "0"));
            digits(left) && digits(right)
        }
    };
    let all = texts.iter().all(whole);
    let unit = match counts {
        Some(Counts::Minutes) if name.says(&["minuten", "minuut", "minutes", "min"]) => None,
        Some(Counts::Minutes) if name.says(&["kwartier", "kwartieren"]) => {
            Some("{ from = \"quarters\", to = \"minutes\" }")
        }
        // whole numbers that nothing is said of may be either
        Some(Counts::Minutes) if !all || name.says(&["uur", "uren", "hours", "hrs"]) => {
            Some("{ from = \"hours\", to = \"minutes\" }")
        }
        Some(Counts::BasisPoints) => Some("{ from = \"percent\", to = \"basis-points\" }"),
        Some(Counts::Cents) if !name.says(&["cent", "centen", "eurocent", "cents"]) => {
            Some("{ from = \"euro\", to = \"cent\" }")
        }
        _ => None,
    };
    match (all, unit) {
        (true, None) => Fit::of(0.7, "\"integer\""),
        (true, Some(unit)) => Fit::of(
            0.8,
            format!("{{ codec = \"decimal\", unit = {unit}, decimals = 2 }}"),
        ),
        (false, unit) => {
            let Some(sign) = [',', '.']
                .into_iter()
                .find(|sign| texts.iter().all(|text| decimal(*sign)(text)))
            else {
                return Fit::plain(0.0);
            };
            // a fraction of what is counted in whole units is not written without one
            unit.map_or(Fit::plain(0.0), |unit| {
                Fit::of(
                    0.9,
                    format!("{{ codec = \"decimal\", separator = \"{sign}\", unit = {unit}, decimals = 2 }}"),
                )
            })
        }
    }
}

fn yes_no(cells: &[Cell<'_>]) -> Fit {
    if cells.iter().all(|cell| matches!(cell, Cell::Bool(_))) {
        return Fit::plain(1.0);
    }
    let found = YES_NO.iter().find(|(yes, no)| {
        let one_of = |text: &str| text.eq_ignore_ascii_case(yes) || text.eq_ignore_ascii_case(no);
        cells.iter().all(|cell| one_of(cell.text().trim()))
    });
    match found {
        Some(("true", _)) => Fit::plain(1.0),
        Some((yes, no)) => Fit::of(
            0.9,
            format!("{{ codec = \"boolean\", true = [\"{yes}\"], false = [\"{no}\"] }}"),
        ),
        None => Fit::plain(0.0),
    }
}

/// Codes of a list, or the words for them; one, or several in a text.
fn coded(target: &Target, list: &str, texts: &[&str], tables: &Tables, schemas: &Schemas) -> Fit {
    let Some(list) = schemas.code_list(list) else {
        return Fit::plain(0.3);
    };
    let whole = |holds: &dyn Fn(&str) -> bool| {
        texts.iter().filter(|text| holds(text)).count() * 100 / texts.len()
    };
    let is_code = |text: &str| list.contains(text);
    let same = |text: &str, label: &str| text.to_lowercase() == label.to_lowercase();
    let is_label = |text: &str| {
        list.codes
            .iter()
            .any(|code| same(text, &code.label.nl) || same(text, &code.code))
    };
    // every word of the list, not only those of the sample
    let table = || {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for code in &list.codes {
            for word in [code.label.nl.as_str(), code.code.as_str()] {
                if !pairs.iter().any(|(known, _)| same(known, word)) {
                    pairs.push((word, &code.code));
                }
            }
        }
        let pairs = pairs
            .iter()
            .map(|(word, code)| format!("{} = {}", quoted(word), quoted(code)));
        let pairs: Vec<String> = pairs.collect();
        let codes = pairs.join(", ");
        format!("{{ codec = \"table\", codes = {{ {codes} }}, fold = true, unknown = \"keep\" }}")
    };
    let percent = whole(&is_code);
    if percent == 100 {
        return Fit::plain(0.9);
    }
    if let Some(name) = tables.fitting(&target.full(), texts, &|code| list.contains(code)) {
        return Fit::of(
            0.95,
            format!(
                "{{ codec = \"table\", table = {}, fold = true, unknown = \"keep\" }}",
                quoted(name)
            ),
        );
    }
    if whole(&is_label) >= MOST {
        return Fit::of(0.9, table());
    }
    if target.list {
        for sign in SEPARATORS {
            let items = |holds: &dyn Fn(&str) -> bool| {
                texts.iter().all(|text| {
                    text.split(sign)
                        .map(str::trim)
                        .all(|item| item.is_empty() || holds(item))
                })
            };
            if items(&is_code) {
                return Fit::of(
                    0.9,
                    format!("{{ codec = \"list\", separator = \"{sign}\" }}"),
                );
            }
        }
    }
    Fit::plain(if percent > 0 { 0.2 } else { 0.0 })
}
