use crate::document::Sentence;
use crate::mapping::Direction;
use crate::mapping::LawClass;
use crate::mapping::codec::Codec;
use crate::mapping::parts::Join;
use crate::mapping::plan::Act;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::schema::Schemas;
use crate::tools::coverage::Loss;
use crate::tools::subject::Walked;

/// Most codes that are named.
const CODES_MAX: usize = 20;

/// The loss report: every reason why a rule does not give back what it took, in the order of the rules.
pub(super) fn losses(direction: Direction, rules: &[Walked<'_>], schemas: &Schemas) -> Vec<Loss> {
    let mut found = Vec::new();
    match direction {
        Direction::In => found.push(loss(
            "",
            "richting",
            "De mapping leest alleen; wat zij las gaat niet in deze vorm terug.",
            "The mapping only reads; what it read does not go back in this form.",
        )),
        Direction::Out => found.push(loss(
            "",
            "richting",
            "De mapping schrijft alleen; wat zij schreef leest zij niet terug.",
            "The mapping only writes; what it wrote it does not read back.",
        )),
        Direction::Both => {}
    }
    placeholders(rules, &mut found);
    found.extend(of_rules(direction, rules, schemas));
    found
}

/// The same of the rules alone, without what is said of the mapping.
pub(super) fn of_rules(direction: Direction, rules: &[Walked<'_>], schemas: &Schemas) -> Vec<Loss> {
    let mut found = Vec::new();
    for walked in rules {
        one(direction, walked, &mut found);
        found.extend(unreachable(walked, schemas));
    }
    found
}

fn one(direction: Direction, walked: &Walked<'_>, found: &mut Vec<Loss>) {
    let rule = walked.rule;
    let mut add = |why, nl: &str, en: &str| found.push(loss(&walked.name, why, nl, en));
    if let Act::Set(..) = rule.act {
        return add(
            "gezet",
            "De waarde komt van de mapping en staat niet in het bericht.",
            "The value comes from the mapping and is not in the message.",
        );
    }
    if direction == Direction::Both {
        match (rule.inward, rule.outward) {
            (true, false) => add(
                "richting",
                "De regel leest alleen: wat zij las wordt niet teruggeschreven.",
                "The rule only reads: what it read is not written back.",
            ),
            (false, true) => add(
                "richting",
                "De regel schrijft alleen: wat er terugkomt leest zij niet.",
                "The rule only writes: what comes back it does not read.",
            ),
            _ => {}
        }
    }
    match &rule.act {
        Act::Field(field) if rule.inward => of_field(field, &mut add),
        Act::Spread(spread) => of_parts(&spread.join, &mut add),
        Act::Group(group) if group.key.is_empty() => add(
            "volgorde",
            "De groep heeft geen sleutel: onderdelen worden alleen op volgorde herkend.",
            "The group has no key: items are recognised by order only.",
        ),
        _ => {}
    }
}

/// The codes of the attribute's list that its code table has no text for: they neither come in nor go out.
fn unreachable(walked: &Walked<'_>, schemas: &Schemas) -> Option<Loss> {
    let Act::Field(field) = &walked.rule.act else {
        return None;
    };
    let Codec::Table(table) = &field.codec else {
        return None;
    };
    let (kind, path) = walked.attribute(&field.target)?;
    let items = format!("{path}/*");
    let attribute = [items, path]
        .iter()
        .find_map(|path| schemas.attribute(kind, path))?;
    let list = schemas.code_list(attribute.code_list.as_deref()?)?;
    let known: Vec<&str> = table.values().filter_map(|value| value.as_str()).collect();
    let lacking = list.codes.iter().map(|code| code.code.as_str());
    let lacking: Vec<&str> = lacking.filter(|code| !known.contains(code)).collect();
    if lacking.is_empty() {
        return None;
    }
    let shown = lacking.iter().take(CODES_MAX).copied();
    let mut shown = shown.collect::<Vec<_>>().join(", ");
    if lacking.len() > CODES_MAX {
        shown.push_str(", …");
    }
    let name = &list.name;
    Some(loss(
        &walked.name,
        "codelijst",
        &format!("De codetabel heeft geen tekst voor deze codes van {name}: {shown}."),
        &format!("The code table has no text for these codes of {name}: {shown}."),
    ))
}

fn of_field(field: &Field, add: &mut impl FnMut(&'static str, &str, &str)) {
    if let Many::Separated(_) = field.many {
        add(
            "lijst",
            "Spaties rond de delen van de lijst komen niet terug.",
            "Spaces around the items of the list do not come back.",
        );
    }
    if let Some(parts) = field
        .parts
        .as_ref()
        .filter(|parts| parts.join != Join::Codes)
    {
        of_parts(&parts.join, add);
    }
    if field.codec.law() != LawClass::Lossless {
        let (why, nl, en) = spelling(&field.codec);
        add(why, nl, en);
    }
    if field.default.is_some() {
        add(
            "standaard",
            "Waar niets stond, staat daarna de standaardwaarde.",
            "Where there was nothing the default stands afterwards.",
        );
    }
    if field.replace {
        add(
            "standaard",
            "Waar een code stond die de codetabel niet kent staat daarna de standaardwaarde.",
            "Where there was a code that the code table does not know the default stands afterwards.",
        );
    }
    if field.keep {
        add(
            "bewaard",
            "Een waarde die niet te vertalen is wordt onvertaald bewaard en nergens naartoe gestuurd.",
            "A value that cannot be translated is kept as it is and sent nowhere.",
        );
    }
}

fn of_parts(join: &Join, add: &mut impl FnMut(&'static str, &str, &str)) {
    let (nl, en) = if join.comes_apart() {
        (
            "Spaties rond de delen komen niet terug.",
            "Spaces around the parts do not come back.",
        )
    } else {
        (
            "De delen zijn daarna één tekst, die niet op de gok wordt gesplitst.",
            "The parts are one text afterwards, which is not split by guess.",
        )
    };
    add("delen", nl, en);
}

/// Several texts for one value state, of which the first goes out: said of the rule whose own they are, or once of the
/// mapping.
fn placeholders(rules: &[Walked<'_>], found: &mut Vec<Loss>) {
    let mut said = false;
    for walked in rules.iter().filter(|walked| walked.rule.inward) {
        let Some(field) = walked.rule.act.field() else {
            continue;
        };
        let own = walked.table.is_some_and(|table| table.has("placeholders"));
        let texts = &field.placeholders;
        let twice = texts
            .iter()
            .enumerate()
            .any(|(index, (_, state))| texts[..index].iter().any(|(_, other)| other == state));
        if !twice || !own && said {
            continue;
        }
        said |= !own;
        found.push(loss(
            if own { &walked.name } else { "" },
            "plaatshouder",
            "Meer teksten staan voor dezelfde waardestatus; alleen de eerste gaat uit.",
            "Several texts stand for the same value state; only the first goes out.",
        ));
    }
}

/// What a codec that is not lossless makes equal.
fn spelling(codec: &Codec) -> (&'static str, &'static str, &'static str) {
    const SPELLING: &str = "schrijfwijze";
    match codec {
        Codec::Table(_) => (
            "codes",
            "Meer codes (of hoofdletters) staan voor dezelfde waarde; alleen de eerste code gaat uit.",
            "Several codes (or capitals) stand for the same value; only the first code goes out.",
        ),
        Codec::Boolean(_) => (
            "codes",
            "Meer woorden (of hoofdletters) staan voor ja of nee; alleen het eerste gaat uit.",
            "Several words (or capitals) stand for yes or no; only the first goes out.",
        ),
        Codec::Text(_) => (
            SPELLING,
            "Hoofdletters of kleine letters van de bron komen niet terug.",
            "Capitals or small letters of the source do not come back.",
        ),
        Codec::Integer(_) => (
            SPELLING,
            "Voorloopnullen van een getal komen niet terug.",
            "Leading zeros of a number do not come back.",
        ),
        Codec::Decimal(_) => (
            SPELLING,
            "Het aantal cijfers achter het scheidingsteken van de bron komt niet terug.",
            "The number of digits behind the decimal sign of the source does not come back.",
        ),
        Codec::Date(_) => (
            SPELLING,
            "Meer vormen van een datum worden gelezen; alleen de eerste gaat uit.",
            "Several forms of a date are read; only the first goes out.",
        ),
        Codec::PartialDate(_) => (
            SPELLING,
            "Meer schrijfwijzen van een onvolledige datum worden gelezen; er gaat er een uit.",
            "Several spellings of an incomplete date are read; one goes out.",
        ),
        Codec::Timestamp(_) => (
            SPELLING,
            "Tijdzone en aantal cijfers van een tijdstip komen niet terug.",
            "Time zone and number of digits of a moment do not come back.",
        ),
        Codec::Clock(_) => (
            SPELLING,
            "Meer vormen van een tijd worden gelezen (ook met seconden); er gaat er een uit.",
            "Several forms of a time are read (with seconds too); one goes out.",
        ),
        Codec::Bsn => (
            SPELLING,
            "Een BSN zonder voorloopnul komt terug met.",
            "A BSN without its leading zero comes back with it.",
        ),
        Codec::Postcode => (
            SPELLING,
            "Spatie en kleine letters van een postcode komen niet terug.",
            "The space and small letters of a postal code do not come back.",
        ),
        _ => (
            SPELLING,
            "Meer schrijfwijzen worden gelezen dan er worden geschreven.",
            "More spellings are read than are written.",
        ),
    }
}

fn loss(rule: &str, why: &'static str, nl: &str, en: &str) -> Loss {
    Loss {
        rule: rule.to_owned(),
        why,
        sentence: Sentence::new(nl, en),
    }
}
