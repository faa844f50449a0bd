use crate::mapping::LawClass;
use crate::mapping::codec::Case;
use crate::mapping::codec::Codec;
use crate::mapping::codec::DateForm;
use crate::mapping::codec::TextCodec;

/// A reason: its stable word, in Dutch, in English.
pub(super) type Why = (&'static str, &'static str, &'static str);

const SPELLING: &str = "schrijfwijze";

/// What a codec does not give back as it was: spellings that it makes equal, and values that it cannot write.
pub(super) fn spelling(codec: &Codec) -> Vec<Why> {
    let mut found = match codec {
        Codec::Text(text) => return of_text(text),
        _ if codec.law() == LawClass::Lossless => return Vec::new(),
        Codec::Timestamp(_) if codec.law() == LawClass::OneWay => vec![(
            "tijd",
            "Alleen de dag gaat uit: het uur van een tijdstip komt niet terug.",
            "Only the day goes out: the hour of a moment does not come back.",
        )],
        _ => vec![equal(codec)],
    };
    match codec {
        Codec::Decimal(number) if number.nearest => found.push((
            "afgerond",
            "Wat geen hele eenheid is wordt afgerond, naar binnen en naar buiten.",
            "What is no whole unit is rounded, coming in and going out.",
        )),
        Codec::Date(date) if date.forms.first() == Some(&DateForm::DMJj) => found.push((
            "eeuw",
            "Het jaar gaat uit in twee cijfers: een datum die daarmee in een andere eeuw zou vallen gaat niet uit.",
            "The year goes out in two digits: a date that these would put in another century does not go out.",
        )),
        _ => {}
    }
    found
}

fn of_text(text: &TextCodec) -> Vec<Why> {
    let mut found = Vec::new();
    if text.cut {
        found.push((
            "afgekapt",
            "Wat langer is dan `max` wordt afgekapt; de rest komt niet terug.",
            "What is longer than `max` is cut; the rest does not come back.",
        ));
    }
    if text.case != Case::Keep {
        found.push((
            SPELLING,
            "Hoofdletters of kleine letters van de bron komen niet terug.",
            "Capitals or small letters of the source do not come back.",
        ));
    }
    if text.number {
        found.push((
            "getal",
            "De code gaat uit als getal: een code met een nul vooraan of met andere tekens dan cijfers gaat niet uit.",
            "The code goes out as a number: one with a zero in front or with other characters than digits does not go out.",
        ));
    }
    found
}

/// What a codec that is not lossless makes equal.
fn equal(codec: &Codec) -> Why {
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
