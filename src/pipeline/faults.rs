//! The faults that only the record can show: who may say what about which record.
//!
//! | code | when |
//! |---|---|
//! | `aanlevering.leeg` | the file has no elements |
//! | `afzender.anders` | the envelope names another sender than the caller |
//! | `bsn.dubbel` | two elements of one file give one BSN different content |
//! | `bsn.geen-grondslag` | remark: the sender has no ground for a BSN, it was not taken |
//! | `bsn.niet-vertaald` | remark: a BSN came as an untranslated value, it was not taken |
//! | `bsn.niet-verzegeld` | the BSN cannot be sealed now |
//! | `attribuut.niet-opgenomen` | remark: the gateway fills this, or it cannot be empty or untranslated |
//! | `identiteit.onbekend` | the record that is referred to is not known to this organisation |
//! | `identiteit.meerduidig` | more than one record fits |
//! | `identiteit.botsing` | number and person, or two numbers, point at different records |
//! | `ontdubbeling.bewaard` | two people turned out to be one: not carried out, and kept for somebody to look at |
//! | `recht.geen-partij` | the sender is no party of the record |
//! | `recht.niet-toegestaan` | the sender may not make this kind of record |
//! | `partij.onbekend` | the organisation that is named is not known here |
//! | `partij.wijzigt` | opdrachtgever or uitvoerder of an existing record cannot change |
//! | `overeenkomst.afwezig` | no agreement between the two organisations names this kind |
//! | `referentie.gebruikt` | beside other faults: the reference was used before with other content |
//! | `referentie.vorm` | the reference is empty, too long or has control characters |
//! | `status.overgang` | the record cannot come into this status |
//! | `status.partij` | the status is not this party's to say |
//! | `record.definitief` | a definitive logboekregel cannot change |
//! | `loonwaarde.tijd` `loonwaarde.percentage` | remark: the main tasks are not the whole of the time, or come to another percentage |
//! | `verplicht.leeg` | a required attribute is absent |
//! | `opdracht.niet-ontstaan` | remark: there is no opdracht yet to take this |
//! | `verzonden.toekomst` | the message says it was sent more than a day from now |
//! | `aflevering.onbekend` | a retour to no delivery of its sender (`verdict`, like the next three) |
//! | `retour.element-onbekend` `retour.beantwoord` | a part that is not in the delivery; one that was answered differently before |
//! | `retour.code` `retour.vorm` `retour.leeg` | (the mapping) no code; a text where parts belong; a retour that says nothing |
//! | `was.ander` | what was and what it becomes have different numbers |
//! | `was.anders` | remark: what the sender says that was, is not what is on record |
//! | `declaratie.totaal` | the lines of a claim do not make up its total |
//! | `verzoek.product-dubbel` | a request for a change names an assignment twice |
//! | `opdracht.vast` | of an assignment on record only the end, the volume and the budget change |
//! | `moment.toekomst` | what is said counts only from a moment more than a day from now |
//! | `set.ingetrokken` | remark: what is in the full set no longer was withdrawn |
//! | `set.onduidelijk` | remark: nothing was withdrawn, because it cannot be told what the set holds |
//! | `volgorde.ouder` | remark: a newer message was there already; kept as history |
//! | `eigenaar.voorstel` | remark: the owner decides on this change |
//! | `tekst.niet-doorgestuurd` | remark: a text holds what may not travel |
//! | `kandidaat.geenToestemming` | remark: the kandidaat said no; kept, forwarded to nobody |
//! | `kandidaat.afgeschermd` | remark: the kandidaat is shielded; kept, forwarded to nobody |
//! | `kandidaat.ingehouden` | remark: kept, forwarded to nobody, for a reason that is another organisation's |
//! | `kandidaat.geen-bericht` | remark: a change of the kandidaat has no message to travel in |
//! | `periode.buiten` | remark: outside the period of the opdracht, not forwarded |

use crate::canonical::Kind;
use crate::canonical::Sum;
use crate::document::Fault;
use crate::document::Place;

/// What is said of two people who turned out to be one.
pub(crate) const MERGE_KEPT: &str = "ontdubbeling.bewaard";

/// The reason that is given when the real one is another organisation's and no concern of the sender.
pub(crate) const HELD_BY_OTHERS: &str = "kandidaat.ingehouden";

pub(crate) fn empty() -> Fault {
    Fault::refused(
        "aanlevering.leeg",
        Place::Whole,
        "Er staat niets in deze aanlevering. Stuur ten minste één regel of element.",
        "There is nothing in this delivery. Send at least one row or element.",
    )
}

pub(crate) fn other_sender(place: Place) -> Fault {
    Fault::refused(
        "afzender.anders",
        place,
        "De afzender in het bericht is niet de organisatie van deze sleutel. Gebruik de sleutel van de afzender, of verbeter de afzender.",
        "The sender named in the message is not the organisation of this key. Use the sender's key, or correct the sender.",
    )
}

pub(crate) fn double_bsn(place: Place) -> Fault {
    Fault::refused(
        "bsn.dubbel",
        place,
        "Dit BSN staat meer dan eens in de aanlevering, met verschillende gegevens. Ga na wie het is en stuur de juiste regel opnieuw; geen van deze regels is opgenomen.",
        "This BSN occurs more than once in the delivery, with different data. Find out who it is and send the right row again; none of these rows was taken.",
    )
}

pub(crate) fn other_total(place: Place) -> Fault {
    Fault::refused(
        "declaratie.totaal",
        place,
        "Het totaalbedrag is niet de som van de regels van deze declaratie. Geen van haar regels is opgenomen; verbeter het totaal of de regels en stuur haar opnieuw.",
        "The total is not the sum of this claim's lines. None of its lines was taken; correct the total or the lines and send it again.",
    )
}

pub(crate) fn product_twice(place: Place) -> Fault {
    Fault::refused(
        "verzoek.product-dubbel",
        place,
        "Deze toewijzing staat al in dit verzoek. Noem elke toewijzing een keer: als te wijzigen of als ongewijzigd.",
        "This assignment is in this request already. Name each assignment once: to change, or unchanged.",
    )
}

pub(crate) fn bsn_without_ground(place: Place) -> Fault {
    Fault::remark(
        "bsn.geen-grondslag",
        place,
        "Uw organisatie heeft geen grondslag voor het BSN. Het BSN is niet opgenomen en niet gebruikt; laat het weg.",
        "Your organisation has no ground for the BSN. It was not taken and not used; leave it out.",
    )
}

pub(crate) fn raw_bsn(place: Place) -> Fault {
    Fault::remark(
        "bsn.niet-vertaald",
        place,
        "Hier lijkt een BSN te staan als waarde die niet vertaald kon worden. Zo'n waarde is niet opgenomen; stuur een BSN alleen in het veld voor het BSN.",
        "There seems to be a BSN here as a value that could not be translated. Such a value was not taken; send a BSN only in the field for the BSN.",
    )
}

pub(crate) fn not_sealed(place: Place) -> Fault {
    Fault::refused(
        "bsn.niet-verzegeld",
        place,
        "Het BSN kan nu niet veilig worden bewaard. Stuur dit element later opnieuw.",
        "The BSN cannot be kept safely now. Send this element again later.",
    )
}

pub(crate) fn not_taken(title_nl: &str, title_en: &str, place: Place) -> Fault {
    Fault::remark(
        "attribuut.niet-opgenomen",
        place,
        format!(
            "Wat u bij `{title_nl}` stuurt kan niet worden opgenomen: de gateway vult dit zelf in, of het kan niet leeg of onvertaald zijn. Het staat alleen in uw oorspronkelijke bericht; laat het weg of stuur een geldige waarde."
        ),
        format!(
            "What you send at `{title_en}` cannot be taken: the gateway fills it itself, or it cannot be empty or untranslated. It is only in your original message; leave it out or send a valid value."
        ),
    )
}

/// `deze` or `dit`, as the kind's name wants it.
const fn this(kind: Kind) -> &'static str {
    if kind.is_neuter() { "dit" } else { "deze" }
}

/// `de` or `het`.
const fn the(kind: Kind) -> &'static str {
    if kind.is_neuter() { "het" } else { "de" }
}

pub(crate) fn unknown(kind: Kind, place: Place) -> Fault {
    Fault::refused(
        "identiteit.onbekend",
        place,
        format!(
            "Bij uw organisatie is {} {kind} niet bekend. Ga het nummer na, of stuur eerst het bericht dat {} {kind} aanmaakt.",
            this(kind),
            the(kind)
        ),
        format!(
            "This {kind} is not known for your organisation. Check the number, or first send the message that makes the {kind}."
        ),
    )
}

pub(crate) fn ambiguous(kind: Kind, place: Place) -> Fault {
    Fault::refused(
        "identiteit.meerduidig",
        place,
        format!("Meer dan één {kind} past hierbij. Gebruik een nummer dat er maar één aanwijst."),
        format!("More than one {kind} fits this. Use a number that names only one."),
    )
}

pub(crate) fn clash(place: Place) -> Fault {
    Fault::refused(
        "identiteit.botsing",
        place,
        "Nummer en persoon horen niet bij elkaar: het BSN hoort bij een andere kandidaat dan dit nummer. Ga na wie bedoeld is.",
        "Number and person do not belong together: the BSN belongs to another kandidaat than this number. Find out who is meant.",
    )
}

pub(crate) fn numbers_clash(place: Place) -> Fault {
    Fault::refused(
        "identiteit.botsing",
        place,
        "De nummers in dit onderdeel horen bij verschillende kandidaten. Ga na wie bedoeld is; gebruik voor iets nieuws een nieuwe referentie.",
        "The numbers in this part belong to different kandidaten. Find out who is meant; use a new reference for something new.",
    )
}

pub(crate) fn about_another(kind: Kind, place: Place) -> Fault {
    Fault::refused(
        "identiteit.botsing",
        place,
        format!(
            "Met deze referentie is eerder een {kind} over iets anders gestuurd. Gebruik een nieuwe referentie, of ga het nummer van de opdracht na."
        ),
        format!(
            "This reference was used before for a {kind} about something else. Use a new reference, or check the number of the opdracht."
        ),
    )
}

pub(crate) fn no_party(kind: Kind, place: Place) -> Fault {
    Fault::refused(
        "recht.geen-partij",
        place,
        format!(
            "Uw organisatie is geen partij bij {} {kind}. Alleen opdrachtgever en uitvoerder kunnen hierover berichten.",
            this(kind)
        ),
        format!(
            "Your organisation is no party of this {kind}. Only opdrachtgever and uitvoerder can send messages about it."
        ),
    )
}

pub(crate) fn not_allowed(kind: Kind, place: Place) -> Fault {
    Fault::refused(
        "recht.niet-toegestaan",
        place,
        format!(
            "Uw organisatie kan geen {kind} aanmaken. Vraag de beheerder na in welke rol uw organisatie is geregistreerd."
        ),
        format!(
            "Your organisation cannot make a {kind}. Ask the administrator in which role your organisation is registered."
        ),
    )
}

pub(crate) fn unknown_party(attribute: &str, place: Place) -> Fault {
    Fault::refused(
        "partij.onbekend",
        place,
        format!(
            "De organisatie bij `{attribute}` is hier niet bekend. Ga OIN, KvK-nummer of gemeentecode na."
        ),
        format!(
            "The organisation at `{attribute}` is not known here. Check OIN, KvK number or gemeentecode."
        ),
    )
}

pub(crate) fn party_changes(attribute: &str, place: Place) -> Fault {
    Fault::refused(
        "partij.wijzigt",
        place,
        format!(
            "De {attribute} van een bestaand nummer kan niet wijzigen. Gebruik een nieuw nummer."
        ),
        format!("The {attribute} of an existing number cannot change. Use a new number."),
    )
}

pub(crate) fn no_agreement(kind: Kind, place: Place) -> Fault {
    Fault::refused(
        "overeenkomst.afwezig",
        place,
        format!(
            "Er is geen geldige overeenkomst tussen deze organisaties waarin `{kind}` is opgenomen. Laat de overeenkomst registreren of uitbreiden."
        ),
        format!(
            "There is no valid agreement between these organisations that names `{kind}`. Have the agreement registered or extended."
        ),
    )
}

pub(crate) fn transition(kind: Kind, from: &str, place: Place) -> Fault {
    Fault::refused(
        "status.overgang",
        place,
        format!(
            "De status van {} {kind} is `{from}` en kan niet de gevraagde worden.",
            this(kind)
        ),
        format!("This {kind} has status `{from}` and cannot come into the requested status."),
    )
}

pub(crate) fn status_of_other(kind: Kind, whose: Option<&str>, place: Place) -> Fault {
    let (nl, en) = whose.map_or_else(
        || {
            (
                format!(
                    "Geen van beide partijen kan {} {kind} nu in deze status brengen. Laat de status weg of stuur de stap die nu volgt.",
                    this(kind)
                ),
                format!("Neither party can bring this {kind} into this status now. Leave the status out or send the step that follows now."),
            )
        },
        |whose| {
            (
                format!(
                    "Alleen de {whose} kan deze status van {} {kind} doorgeven. Laat de status weg, of laat de {whose} hem sturen.",
                    the(kind)
                ),
                format!("Only the {whose} can say this status of the {kind}. Leave the status out, or have the {whose} send it."),
            )
        },
    );
    Fault::refused("status.partij", place, nl, en)
}

pub(crate) fn definitive(place: Place) -> Fault {
    Fault::refused(
        "record.definitief",
        place,
        "Deze logboekregel is definitief en wijzigt niet meer. Stuur een nieuwe regel als correctie.",
        "This logboekregel is definitive and no longer changes. Send a new entry as a correction.",
    )
}

pub(crate) fn wage_value(sum: Sum, place: Place) -> Fault {
    match sum {
        Sum::Time => Fault::remark(
            "loonwaarde.tijd",
            place,
            "De hoofdtaken zijn samen niet 100 procent van de tijd. Kijk het rapport na.",
            "The main tasks are not 100 percent of the time together. Check the report.",
        ),
        Sum::Percentage => Fault::remark(
            "loonwaarde.percentage",
            place,
            "De loonwaarde is niet wat de hoofdtaken samen geven (tijd x tempo x kwaliteit x netto werktijd). Kijk het rapport na.",
            "The wage value is not what the main tasks come to (time x pace x quality x net working time). Check the report.",
        ),
    }
}

pub(crate) fn required(title_nl: &str, title_en: &str, place: Place) -> Fault {
    Fault::refused(
        "verplicht.leeg",
        place,
        format!("`{title_nl}` ontbreekt en is verplicht. Vul het in en stuur dit element opnieuw."),
        format!("`{title_en}` is missing and required. Fill it in and send this element again."),
    )
}

pub(crate) fn no_opdracht_yet(place: Place) -> Fault {
    Fault::remark(
        "opdracht.niet-ontstaan",
        place,
        "Er is geen opdracht: de verwijzing is niet aangenomen. De gegevens over de opdracht zijn niet opgenomen.",
        "There is no opdracht: the verwijzing is not accepted. What was said about the opdracht was not taken.",
    )
}

pub(crate) fn older(kind: Kind, place: Place) -> Fault {
    Fault::remark(
        "volgorde.ouder",
        place,
        format!(
            "Over {} {kind} was al een nieuwer bericht ontvangen. Dit oudere bericht is bewaard als geschiedenis.",
            this(kind)
        ),
        format!(
            "A newer message about this {kind} was there already. This older one is kept as history."
        ),
    )
}

pub(crate) fn proposal(attribute: &str, place: Place) -> Fault {
    Fault::remark(
        "eigenaar.voorstel",
        place,
        format!(
            "`{attribute}` is van een andere organisatie. Uw wijziging is als voorstel bewaard; de eigenaar beslist."
        ),
        format!(
            "`{attribute}` belongs to another organisation. Your change is kept as a proposal; the owner decides."
        ),
    )
}

pub(crate) fn text_held(place: Place) -> Fault {
    Fault::remark(
        "tekst.niet-doorgestuurd",
        place,
        "Deze tekst lijkt een BSN of medisch of strafrechtelijk gegeven te bevatten. Hij is bewaard, maar wordt niet doorgestuurd. Beschrijf wat iemand kan of nodig heeft, en stuur opnieuw.",
        "This text seems to hold a BSN, or health or criminal data. It is kept, but not forwarded. Describe what somebody can do or needs, and send it again.",
    )
}

pub(crate) fn outside_period(place: Place) -> Fault {
    Fault::remark(
        "periode.buiten",
        place,
        "Deze datum valt buiten de periode van de opdracht. De regel is bewaard, maar wordt niet aan de opdrachtgever doorgegeven.",
        "This date is outside the period of the opdracht. The entry is kept, but not passed on to the opdrachtgever.",
    )
}

pub(crate) fn held(reason: &'static str, place: Place) -> Fault {
    let (nl, en) = if reason == HELD_BY_OTHERS {
        (
            "Gegevens over deze kandidaat gaan nu niet automatisch naar anderen. Zij zijn bewaard; neem voor een overdracht zelf contact op met de ontvanger.",
            "Data about this kandidaat do not go to others automatically now. They are kept; for a handover, contact the recipient yourself.",
        )
    } else if reason == "kandidaat.afgeschermd" {
        (
            "Deze kandidaat is afgeschermd. De gegevens zijn bewaard en gaan naar niemand; neem zelf contact op met de ontvanger.",
            "This kandidaat is shielded. The data are kept and go to nobody; contact the recipient yourself.",
        )
    } else {
        (
            "Deze kandidaat geeft geen toestemming. De gegevens zijn bewaard en gaan naar niemand.",
            "This kandidaat does not consent. The data are kept and go to nobody.",
        )
    };
    Fault::remark(reason, place, nl, en)
}

pub(crate) fn no_message_for_kandidaat(place: Place) -> Fault {
    Fault::remark(
        "kandidaat.geen-bericht",
        place,
        "De wijziging van de kandidaat is bewaard, maar nog niet doorgegeven: er is geen werkprofiel om hem mee te sturen. Hij gaat mee zodra er een is.",
        "The change of the kandidaat is kept, but not passed on yet: there is no werkprofiel for it to travel with. It goes along once there is one.",
    )
}

pub(crate) fn bad_reference(max: usize) -> Fault {
    Fault::refused(
        "referentie.vorm",
        Place::Whole,
        format!(
            "De referentie van het bericht is leeg, langer dan {max} tekens of bevat stuurtekens. Gebruik een kort, uniek kenmerk."
        ),
        format!(
            "The message's reference is empty, longer than {max} characters or has control characters. Use a short, unique one."
        ),
    )
}

pub(crate) fn reference_used() -> Fault {
    Fault::refused(
        "referentie.gebruikt",
        Place::Whole,
        "Deze referentie is eerder gebruikt voor een bericht met een andere inhoud. Stuur het verbeterde bericht met een nieuwe referentie.",
        "This reference was used before for a message with other content. Send the corrected message with a new reference.",
    )
}

pub(crate) fn another_was(place: Place) -> Fault {
    Fault::refused(
        "was.ander",
        place,
        "Wat het was en wat het wordt hebben hier een verschillend nummer. Een nummer wijzigt niet; stuur het nieuwe als toevoeging.",
        "What it was and what it becomes have different numbers here. A number does not change; send the new one as an addition.",
    )
}

pub(crate) fn was_differs(attribute: &str, place: Place) -> Fault {
    Fault::remark(
        "was.anders",
        place,
        format!(
            "Wat u als oude waarde van `{attribute}` noemt, is niet wat hier bekend is. De nieuwe waarde is behandeld; ga na of er een bericht ontbreekt."
        ),
        format!(
            "What you name as the old value of `{attribute}` is not what is known here. The new value was handled; check whether a message is missing."
        ),
    )
}

pub(crate) fn merge_kept(place: Place) -> Fault {
    Fault::refused(
        MERGE_KEPT,
        place,
        "Dat twee personen er een blijken te zijn, wordt niet vanzelf verwerkt: niets is samengevoegd. Uw bericht is bewaard voor de functioneel beheerder, die contact met u opneemt.",
        "That two people turn out to be one is not processed by itself: nothing was merged. Your message is kept for the administrator, who will contact you.",
    )
}

pub(crate) fn fixed(place: Place) -> Fault {
    Fault::refused(
        "opdracht.vast",
        place,
        "Van een toewijzing wijzigen alleen de einddatum, het volume en het budget. Beëindig deze en stuur een nieuwe, onder een nieuw nummer.",
        "Of an assignment only the end date, the volume and the budget change. End this one and send a new one, under a new number.",
    )
}

pub(crate) fn withdrawn(place: Place) -> Fault {
    Fault::remark(
        "set.ingetrokken",
        place,
        "Een eerdere opdracht van deze persoon aan deze uitvoerder staat niet meer in dit bericht. Zij is ingetrokken, met reden 13; het kenmerk staat bij `records`. Stuur alle lopende opdrachten mee, of stuur haar met een nieuw toewijzingstijdstip onder een nieuw nummer.",
        "An earlier opdracht of this person to this uitvoerder is in this message no longer. It was withdrawn, with reason 13; its id is among `records`. Send all that are in force along, or send it with a new moment of assignment under a new number.",
    )
}

pub(crate) fn set_unclear(place: Place) -> Fault {
    Fault::remark(
        "set.onduidelijk",
        place,
        "Een opdracht van deze persoon staat niet in dit bericht, maar een geweigerd onderdeel zonder leesbaar nummer kan haar zijn. Er is niets ingetrokken; verbeter dat onderdeel en stuur het geheel opnieuw.",
        "An opdracht of this person is not in this message, but a refused part without a readable number may be the one. Nothing was withdrawn; correct that part and send the whole again.",
    )
}

pub(crate) fn counts_in_the_future(place: Place) -> Fault {
    Fault::refused(
        "moment.toekomst",
        place,
        "Dit tijdstip ligt meer dan een dag in de toekomst, en zou alles wat later komt als ouder laten gelden. Verbeter het tijdstip en stuur opnieuw.",
        "This moment lies more than a day ahead, and would make everything that comes later count as older. Correct it and send again.",
    )
}

pub(crate) fn sent_in_the_future() -> Fault {
    Fault::refused(
        "verzonden.toekomst",
        Place::Whole,
        "Het tijdstip van verzending ligt meer dan een dag in de toekomst. Zet de klok van het verzendende systeem goed en stuur opnieuw.",
        "The moment of sending lies more than a day ahead. Set the sending system's clock right and send again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_the_article_that_dutch_gives_it() {
        for (kind, this_one, the_one) in [
            (Kind::Kandidaat, "deze kandidaat", "de kandidaat"),
            (Kind::Opdracht, "deze opdracht", "de opdracht"),
            (Kind::Trajectplan, "dit trajectplan", "het trajectplan"),
            (Kind::Verzoek, "dit verzoek", "het verzoek"),
        ] {
            let sentence = unknown(kind, Place::Whole).sentence.nl;
            assert!(
                sentence.contains(this_one) && sentence.contains(the_one),
                "{sentence}"
            );
        }
    }

    /// Code, whether it refuses, and what it is about.
    #[test]
    fn each_fault_has_its_code_and_says_in_two_languages_what_to_do() {
        let at = || Place::Whole;
        for (code, refuses, fault) in [
            ("bsn.geen-grondslag", false, bsn_without_ground(at())),
            ("bsn.niet-verzegeld", true, not_sealed(at())),
            ("record.definitief", true, definitive(at())),
            ("opdracht.niet-ontstaan", false, no_opdracht_yet(at())),
            ("tekst.niet-doorgestuurd", false, text_held(at())),
            ("referentie.vorm", true, bad_reference(40)),
            ("loonwaarde.tijd", false, wage_value(Sum::Time, at())),
            ("periode.buiten", false, outside_period(at())),
            (
                "kandidaat.geen-bericht",
                false,
                no_message_for_kandidaat(at()),
            ),
        ] {
            assert_eq!(fault.code, code);
            assert_eq!(fault.refuses(), refuses, "{code}");
            let sentence = &fault.sentence;
            assert_ne!(sentence.nl, sentence.en, "{code}");
            for text in [&sentence.nl, &sentence.en] {
                assert!(text.len() > 20 && text.ends_with('.'), "{code}: {text}");
            }
        }
    }
}
