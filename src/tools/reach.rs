use crate::mapping::Diagnostic;
use crate::mapping::Direction;
use crate::tools::Lacking;
use crate::tools::Subject;
use crate::tools::codes::lacking;
use crate::tools::coverage::model;
use crate::tools::subject::Walked;

/// What a mapping cannot say of the shared model, whatever is sent: `M074` for codes of a list that its code tables have
/// no text for, `M026` for what the schema requires of a group or of another record than the main one, and that its rules
/// can leave empty (of the main record the compiler says so). All of it warnings: the format itself may not be able to.
#[must_use]
pub fn check_reach(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let (Some(plan), Some(root)) = (subject.mapping.plan(), subject.toml()) else {
        return Vec::new();
    };
    let rules = Subject::rules(plan, &root);
    let mut report = subject.report();
    for codes in lacking(&rules, subject.schemas) {
        let (list, shown) = (&codes.list, codes.shown());
        report.warning(
            "M074",
            &rules[codes.rule].span("codec"),
            (
                &format!("De codetabel heeft geen tekst voor deze codes van {list}: {shown}. Zij komen niet binnen en gaan niet uit."),
                &format!("The code table has no text for these codes of {list}: {shown}. They neither come in nor go out."),
            ),
            (
                "Vul de tabel aan, of laat het zo als het formaat deze codes niet heeft.",
                "Complete the table, or leave it when the format does not have these codes.",
            ),
        );
    }
    if subject.mapping.direction() == Direction::Out {
        return report.into_found();
    }
    let main = subject.mapping.main().to_string();
    for open in model::open(subject, &rules) {
        let Some((above, name)) = open.attribute.rsplit_once('.') else {
            continue;
        };
        if above == main {
            continue;
        }
        let span = rules
            .iter()
            .find(|walked| fills(walked, above))
            .map_or_else(|| root.place(), |walked| walked.span("target"));
        report.warning(
            "M026",
            &span,
            (
                &format!("`{above}.{name}` is verplicht, en kan met deze regels leeg blijven terwijl `{above}` er wel is."),
                &format!("`{above}.{name}` is required, and can stay empty with these rules although `{above}` is there."),
            ),
            (
                "Geef de regel `required = true`, of een `default` of `const`; of laat het zo als het altijd samen wordt gestuurd.",
                "Give the rule `required = true`, or a `default` or `const`; or leave it when it is always sent together.",
            ),
        );
    }
    report.into_found()
}

/// Whether a rule fills something of a group or record, as [`Lacking`] names it.
fn fills(walked: &Walked<'_>, above: &str) -> bool {
    walked.rule.inward
        && walked.attributes().into_iter().any(|(kind, path)| {
            let name = Lacking::name(kind, &path);
            name.strip_prefix(above)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}
