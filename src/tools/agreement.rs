use crate::canonical::Kind;
use crate::mapping::Diagnostic;
use crate::mapping::Direction;
use crate::mapping::diagnostic::Report;
use crate::mapping::plan::Act;
use crate::mapping::plan::Target;
use crate::privacy::Agreement;
use crate::schema::Attribute;
use crate::schema::Klasse;
use crate::schema::Restriction;
use crate::tools::Subject;
use crate::tools::subject::Walked;

/// Compares what a mapping writes going out with what an agreement lets out: `M072` for a rule, or the condition of
/// one, about an attribute whose class the agreement does not grant. An error where the rule is `required`, because
/// then every delivery would stop; else a warning, because the value would be left out. Nothing for a mapping that only
/// comes in.
#[must_use]
pub fn check_agreement(subject: &Subject<'_>, agreement: &Agreement) -> Vec<Diagnostic> {
    let out = subject.mapping.direction() != Direction::In;
    let (Some(plan), Some(root), true) = (subject.mapping.plan(), subject.toml(), out) else {
        return Vec::new();
    };
    let mut report = subject.report();
    for walked in Subject::rules(plan, &root) {
        if !walked.rule.outward {
            continue;
        }
        if let Act::Field(_) | Act::Spread(_) = &walked.rule.act {
            for target in walked.rule.act.targets() {
                judge(subject, agreement, &walked, target, "target", &mut report);
            }
        }
        if let Some(when) = &walked.rule.when_out {
            judge(
                subject,
                agreement,
                &walked,
                &when.target,
                "when",
                &mut report,
            );
        }
    }
    report.into_found()
}

fn judge(
    subject: &Subject<'_>,
    agreement: &Agreement,
    walked: &Walked<'_>,
    target: &Target,
    key: &str,
    report: &mut Report<'_>,
) {
    let Some((kind, path)) = walked.attribute(target) else {
        return;
    };
    let Some(attribute) = subject.schemas.attribute(kind, &path) else {
        return;
    };
    let name = format!("{kind}.{}", path.replace("/*", "").replace('/', "."));
    let Some((nl, en)) = withheld(agreement, kind, attribute) else {
        return;
    };
    let (nl, en) = if key == "when" {
        (
            format!("De voorwaarde kijkt naar `{name}`: {nl}. Zij wordt nooit vervuld."),
            format!("The condition looks at `{name}`: {en}. It is never met."),
        )
    } else {
        (
            format!("`{name}` gaat niet uit: {nl}."),
            format!("`{name}` does not leave: {en}."),
        )
    };
    let remedy = (
        "Pas de overeenkomst aan als er een grond voor is, of haal de regel weg.",
        "Change the agreement if there is a ground for it, or remove the rule.",
    );
    let span = walked.span(key);
    if walked.rule.required && key == "target" {
        report.error("M072", &span, (&nl, &en), remedy);
    } else {
        report.warning("M072", &span, (&nl, &en), remedy);
    }
}

/// Why an attribute does not leave by an agreement, in both languages.
fn withheld(agreement: &Agreement, kind: Kind, attribute: &Attribute) -> Option<(String, String)> {
    let number = &agreement.nummer;
    let Some(grant) = agreement.grant(kind) else {
        return Some((
            format!("overeenkomst {number} noemt `{kind}` niet"),
            format!("agreement {number} does not name `{kind}`"),
        ));
    };
    let bsn = agreement.bsn_ground.is_some();
    if grant.covers(attribute, bsn) {
        return None;
    }
    let class = attribute.klasse.as_str();
    Some(match attribute.klasse {
        Klasse::N => (
            "klasse N blijft altijd bij de eigen organisatie".to_owned(),
            "class N always stays with its own organisation".to_owned(),
        ),
        Klasse::Bsn => (
            format!("overeenkomst {number} noemt geen grond voor het BSN"),
            format!("agreement {number} names no ground for the BSN"),
        ),
        _ if attribute.restricted == Restriction::Whole && !grant.restricted => (
            format!("overeenkomst {number} laat geen beperkt zichtbare waarden toe"),
            format!("agreement {number} does not allow restricted values"),
        ),
        _ => (
            format!("overeenkomst {number} noemt klasse {class} niet bij `{kind}`"),
            format!("agreement {number} does not name class {class} for `{kind}`"),
        ),
    })
}
