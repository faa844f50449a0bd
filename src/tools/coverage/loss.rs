use crate::document::Sentence;
use crate::mapping::Direction;
use crate::mapping::Per;
use crate::mapping::parts::Join;
use crate::mapping::plan::Act;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Source;
use crate::tools::Subject;
use crate::tools::codes::lacking;
use crate::tools::coverage::Loss;
use crate::tools::coverage::spelling::spelling;
use crate::tools::subject::Walked;

/// The loss report: every reason why a rule does not give back what it took, in the order of the rules.
pub(super) fn losses(subject: &Subject<'_>, rules: &[Walked<'_>]) -> Vec<Loss> {
    let mut found = Vec::new();
    match subject.mapping.direction() {
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
    found.extend(of_rules(subject, rules));
    found
}

/// The same of the rules alone, without what is said of the mapping.
pub(super) fn of_rules(subject: &Subject<'_>, rules: &[Walked<'_>]) -> Vec<Loss> {
    let mut found = Vec::new();
    let codes = lacking(rules, subject.schemas);
    for (index, walked) in rules.iter().enumerate() {
        one(subject, walked, &mut found);
        for codes in codes.iter().filter(|codes| codes.rule == index) {
            let (list, shown) = (&codes.list, codes.shown());
            found.push(loss(
                &walked.name,
                "codelijst",
                &format!("De codetabel heeft geen tekst voor deze codes van {list}: {shown}."),
                &format!("The code table has no text for these codes of {list}: {shown}."),
            ));
        }
    }
    found
}

fn one(subject: &Subject<'_>, walked: &Walked<'_>, found: &mut Vec<Loss>) {
    let direction = subject.mapping.direction();
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
            (true, true) => both_ways(subject.mapping.per(), walked, &mut add),
            (false, false) => {}
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

/// What a rule that goes both ways loses by where it stands.
fn both_ways(per: Per, walked: &Walked<'_>, add: &mut impl FnMut(&'static str, &str, &str)) {
    let rule = walked.rule;
    if rule.when_in.is_some() {
        add(
            "voorwaarde",
            "De regel geldt alleen waar haar voorwaarde klopt: elders wordt de waarde niet gelezen en niet geschreven.",
            "The rule counts only where its condition holds: elsewhere the value is neither read nor written.",
        );
    }
    let Act::Field(field) = &rule.act else { return };
    let in_cell = matches!(rule.source, Source::Column(_));
    if in_cell && field.many == Many::Occurrences {
        add(
            "lijst",
            "In een cel staat één onderdeel: van een lijst met meer gaat alleen het eerste uit.",
            "A cell holds one item: of a list with more only the first goes out.",
        );
    }
    let of_record = matches!(field.target.owner, Owner::Record(_));
    if per == Per::Message && rule.source.is_root() && of_record {
        add(
            "eenmaal",
            "Dit staat één keer in een bericht: van meer records die hierin verschillen gaat alleen de eerste waarde uit.",
            "This stands in a message once: of several records that differ in it only the first value goes out.",
        );
    }
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
    for (why, nl, en) in spelling(&field.codec) {
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

fn loss(rule: &str, why: &'static str, nl: &str, en: &str) -> Loss {
    Loss {
        rule: rule.to_owned(),
        why,
        sentence: Sentence::new(nl, en),
    }
}
