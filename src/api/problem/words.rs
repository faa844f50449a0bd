use crate::api::problem::ProblemKind;
use crate::document::Lang;
use crate::document::Sentence;

impl ProblemKind {
    /// The title in one language.
    #[must_use]
    pub const fn title(self, lang: Lang) -> &'static str {
        let (nl, en) = match self {
            Self::InvalidInput => ("Ongeldige invoer", "Invalid input"),
            Self::BadRequest => ("Ongeldig verzoek", "Bad request"),
            Self::Unauthenticated => ("Niet aangemeld", "Not authenticated"),
            Self::Forbidden => ("Geen toestemming", "Forbidden"),
            Self::NotFound => ("Niet gevonden", "Not found"),
            Self::UnknownSoort => ("Soort bericht onbekend", "Unknown kind of message"),
            Self::MethodNotAllowed => ("Methode niet toegestaan", "Method not allowed"),
            Self::NotAcceptable => ("Gevraagde vorm niet leverbaar", "Not acceptable"),
            Self::TooSlow => ("Verzoek kwam te traag binnen", "Request came in too slowly"),
            Self::Conflict => ("Referentie al gebruikt", "Reference used before"),
            Self::Changed => ("Tussentijds gewijzigd", "Changed in the meantime"),
            Self::TooLarge => ("Bericht te groot", "Content too large"),
            Self::UriTooLong => ("Adres te lang", "URI too long"),
            Self::UnsupportedType => ("Inhoudstype niet ondersteund", "Unsupported media type"),
            Self::HeadersTooLarge => ("Headers te groot", "Header fields too large"),
            Self::TooMany => ("Te veel verzoeken", "Too many requests"),
            Self::Internal => ("Interne fout", "Internal error"),
            Self::Busy => ("Te druk", "Too busy"),
            Self::Unavailable => ("Tijdelijk niet beschikbaar", "Temporarily unavailable"),
        };
        match lang {
            Lang::Nl => nl,
            Lang::En => en,
        }
    }

    /// What it means and what to do about it.
    #[must_use]
    pub fn explanation(self) -> Sentence {
        let (nl, en) = match self {
            Self::InvalidInput => (
                "De invoer klopt niet. Elke fout staat met zijn plek in `errors`; herstel ze en stuur het verzoek opnieuw.",
                "The input is not right. Each fault is in `errors` with its place; mend them and send the request again.",
            ),
            Self::BadRequest => (
                "Dit is geen geldig HTTP-verzoek.",
                "This is not a valid HTTP request.",
            ),
            Self::Unauthenticated => (
                "Stuur een geldige sleutel mee: `Authorization: Bearer schakel_...`.",
                "Send a valid key: `Authorization: Bearer schakel_...`.",
            ),
            Self::Forbidden => (
                "Uw sleutel of organisatie mag dit niet. Vraag de beheerder om het recht, of gebruik een andere sleutel.",
                "Your key or organisation may not do this. Ask the administrator for the right, or use another key.",
            ),
            Self::NotFound => (
                "Dit bestaat niet, of is niet van uw organisatie.",
                "This does not exist, or is not your organisation's.",
            ),
            Self::UnknownSoort => (
                "Voor deze soort heeft uw organisatie geen mapping. `GET /v1/soorten` toont welke soorten u kunt sturen.",
                "Your organisation has no mapping for this soort. `GET /v1/soorten` shows which ones you can send.",
            ),
            Self::MethodNotAllowed => (
                "Deze methode kan hier niet. De header `Allow` noemt de methoden die wel kunnen.",
                "This method cannot be used here. The header `Allow` names the ones that can.",
            ),
            Self::NotAcceptable => (
                "Het antwoord is niet te geven in een vorm die uw header `Accept` toelaat.",
                "The answer cannot be given in a form that your header `Accept` allows.",
            ),
            Self::TooSlow => (
                "Het verzoek was niet op tijd binnen. Stuur het opnieuw.",
                "The request was not in on time. Send it again.",
            ),
            Self::Conflict => (
                "Deze referentie is eerder gebruikt voor een bericht met een andere inhoud. Gebruik een nieuwe referentie, of stuur precies dezelfde inhoud.",
                "This reference was used before for a message with other content. Use a new reference, or send exactly the same content.",
            ),
            Self::Changed => (
                "Iemand anders wijzigde dit tegelijk. Haal het opnieuw op en probeer het nog eens.",
                "Somebody else changed this at the same time. Get it again and try once more.",
            ),
            Self::TooLarge => (
                "Het bericht is groter dan de gateway aanneemt. Splits het.",
                "The content is larger than the gateway takes. Split it.",
            ),
            Self::UriTooLong => ("Het adres is te lang.", "The URI is too long."),
            Self::UnsupportedType => (
                "De header `Content-Type` ontbreekt of past niet bij wat hier verwacht wordt.",
                "The header `Content-Type` is missing or does not fit what is expected here.",
            ),
            Self::HeadersTooLarge => (
                "Het verzoek heeft te veel of te grote headers.",
                "The request has too many or too large header fields.",
            ),
            Self::TooMany => (
                "Er komen te veel verzoeken. Wacht zo lang als `Retry-After` zegt.",
                "There are too many requests. Wait as long as `Retry-After` says.",
            ),
            Self::Internal => (
                "Er ging iets mis in de gateway. De beheerder vindt het terug met de `instance` van dit antwoord.",
                "Something went wrong in the gateway. The operator can find it by the `instance` of this answer.",
            ),
            Self::Busy => (
                "De gateway heeft het te druk. Niets is verwerkt; probeer het na `Retry-After` opnieuw.",
                "The gateway is too busy. Nothing was processed; try again after `Retry-After`.",
            ),
            Self::Unavailable => (
                "De gateway kan nu niets bewaren. Niets is bevestigd; probeer het na `Retry-After` opnieuw met dezelfde referentie.",
                "The gateway cannot keep anything now. Nothing was acknowledged; try again after `Retry-After` with the same reference.",
            ),
        };
        Sentence::new(nl, en)
    }
}
