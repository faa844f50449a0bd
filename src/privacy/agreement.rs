use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::schema::Attribute;
use crate::schema::Klasse;
use crate::schema::Restriction;
use jiff::civil::Date;
use serde_json::Value;

/// A samenwerkingsovereenkomst, as far as it decides who may see what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its number.
    pub nummer: String,
    /// Who commissions.
    pub opdrachtgever: OrgCode,
    /// Who carries out.
    pub uitvoerder: OrgCode,
    /// What may be shared between the two.
    pub grants: Vec<Grant>,
    /// The legal ground for exchanging the BSN; `None` is no BSN.
    pub bsn_ground: Option<String>,
    /// First day.
    pub van: Date,
    /// Last day.
    pub tot: Option<Date>,
    /// What it grants, as one text to compare: what was made under other rules is made anew.
    pub(crate) rules: String,
}

/// One kind of record that may be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The kind.
    pub kind: Kind,
    /// The visibility classes.
    pub classes: Vec<Klasse>,
    /// Whether restricted values (`x-beperkt` in the schemas) of these classes may be shared too. Not unless it says
    /// so: domain model 2.2, 4.1 and 5.4.
    pub restricted: bool,
    /// For whom.
    pub reach: Reach,
}

/// For which kandidaten a grant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those whom a verwijzing or opdracht ties to both parties.
    Toegewezen,
    /// All whom the opdrachtgever delivers.
    Alle,
}

/// Why a record is not an agreement that can decide anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the overeenkomst has no usable `{0}`")]
pub struct AgreementError(pub &'static str);

impl Agreement {
    /// Reads an agreement from its canonical record. Anything unclear is an error: an agreement that cannot be
    /// read allows nothing.
    pub fn from_record(record: &Record) -> Result<Self, AgreementError> {
        let text = |name: &'static str| {
            record
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .ok_or(AgreementError(name))
        };
        let party = |name| OrgCode::parse(text(name)?).map_err(|_| AgreementError(name));
        let date = |name| -> Result<Date, AgreementError> {
            text(name)?.parse().map_err(|_| AgreementError(name))
        };
        let grants = record
            .get("attribuutset")
            .and_then(Value::as_array)
            .ok_or(AgreementError("attribuutset"))?
            .iter()
            .map(Grant::from_value)
            .collect::<Result<Vec<_>, _>>()?;
        let allowed = record.get("bsnToegestaan") == Some(&Value::Bool(true));
        let bsn_ground = allowed
            .then(|| text("bsnGrondslag").map(str::to_owned))
            .transpose()?;
        Ok(Self {
            nummer: text("nummer")?.to_owned(),
            opdrachtgever: party("opdrachtgever")?,
            uitvoerder: party("uitvoerder")?,
            rules: format!("{:?}", (&grants, &bsn_ground)),
            grants,
            bsn_ground,
            van: date("van")?,
            tot: record
                .contains_key("tot")
                .then(|| date("tot"))
                .transpose()?,
        })
    }

    /// Whether it holds on a day (of Europe/Amsterdam).
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.van <= day && self.tot.is_none_or(|last| day <= last)
    }

    /// Whether it is between these two, in either order.
    #[must_use]
    pub fn is_between(&self, one: &OrgCode, other: &OrgCode) -> bool {
        (&self.opdrachtgever == one && &self.uitvoerder == other)
            || (&self.opdrachtgever == other && &self.uitvoerder == one)
    }

    /// What it grants for a kind.
    #[must_use]
    pub fn grant(&self, kind: Kind) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.kind == kind)
    }
}

impl Grant {
    /// Whether it names the class of an attribute, and restricted values where the attribute is one. `bsn` says whether
    /// the agreement has a ground for the BSN.
    #[must_use]
    pub fn covers(&self, attribute: &Attribute, bsn: bool) -> bool {
        if attribute.restricted == Restriction::Whole && !self.restricted {
            return false;
        }
        match attribute.klasse {
            Klasse::N => false,
            Klasse::Bsn => bsn,
            class => self.classes.contains(&class),
        }
    }

    fn from_value(value: &Value) -> Result<Self, AgreementError> {
        const WHERE: AgreementError = AgreementError("attribuutset");
        let kind = value
            .get("soort")
            .and_then(Value::as_str)
            .and_then(Kind::parse);
        let classes = value
            .get("klassen")
            .and_then(Value::as_array)
            .ok_or(WHERE)?
            .iter()
            .map(|class| class.as_str().and_then(Klasse::parse).ok_or(WHERE))
            .collect::<Result<Vec<_>, _>>()?;
        let reach = match value.get("reikwijdte").and_then(Value::as_str) {
            None | Some("toegewezen") => Reach::Toegewezen,
            Some("alle") => Reach::Alle,
            Some(_) => return Err(WHERE),
        };
        let restricted = match value.get("beperkt") {
            None => false,
            Some(said) => said.as_bool().ok_or(WHERE)?,
        };
        Ok(Self {
            kind: kind.ok_or(WHERE)?,
            classes,
            restricted,
            reach,
        })
    }
}
