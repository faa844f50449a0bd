//! What an organisation hears of the reason for which nothing about a kandidaat may travel. Pure.

use crate::canonical::OrgCode;
use crate::canonical::OwnWord;
use crate::canonical::Record;
use crate::pipeline::faults::HELD_BY_OTHERS;
use crate::privacy::HOLDS;
use crate::store::Link;

/// Whether an organisation shares a case of the kandidaat whose verwijzingen and opdrachten these are.
pub(crate) fn shares_case(links: &[Link], organisation: &OrgCode) -> bool {
    links
        .iter()
        .any(|link| link.opdrachtgever == *organisation || link.uitvoerder == *organisation)
}

/// A reason of [`HOLDS`] as an organisation may hear it. The reason itself is told to who said it and to who shares a
/// case of the kandidaat; to another it would tell what a third organisation recorded.
pub(crate) fn told_reason(
    reason: &'static str,
    kandidaat: &Record,
    links: &[Link],
    organisation: &OrgCode,
) -> &'static str {
    let own = HOLDS.iter().any(|(attribute, of)| {
        *of == reason
            && OwnWord::about(attribute)
                .is_some_and(|word| word.is_blocked_by(kandidaat, organisation))
    });
    if own || shares_case(links, organisation) {
        reason
    } else {
        HELD_BY_OTHERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Kind;
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn a_reason_is_told_to_who_said_it_and_to_the_parties_of_a_case() {
        let org = |code| OrgCode::parse(code).expect("a code");
        let kandidaat = json!({
            "toestemming": false, "toestemmingen": {"uwv": false, "aanbieder-b": true},
            "afgeschermd": true, "afschermingen": {"gemeente-b": true},
        });
        let kandidaat = kandidaat.as_object().expect("an object");
        let links = [Link {
            kandidaat: Uuid::from_u128(1),
            kind: Kind::Verwijzing,
            record: Uuid::from_u128(2),
            opdrachtgever: org("gemeente"),
            uitvoerder: org("aanbieder"),
        }];
        let [shield, no] = HOLDS.map(|(_, reason)| reason);
        for (organisation, reason, told) in [
            ("uwv", no, no),
            ("uwv", shield, HELD_BY_OTHERS),
            ("gemeente-b", shield, shield),
            ("gemeente-b", no, HELD_BY_OTHERS),
            ("aanbieder-b", no, HELD_BY_OTHERS),
            ("gemeente", no, no),
            ("aanbieder", shield, shield),
        ] {
            let heard = told_reason(reason, kandidaat, &links, &org(organisation));
            assert_eq!(heard, told, "{organisation} on {reason}");
        }
    }
}
