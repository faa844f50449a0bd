/// One thing a key may do. The list is closed: a scope that is not here cannot be stored or granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Push messages.
    BerichtenSchrijven,
    /// Follow the messages the organisation pushed.
    BerichtenLezen,
    /// Collect and answer deliveries.
    PostvakLezen,
    /// See which soorten the organisation can push and gets.
    MappingsLezen,
    /// Say where the organisation's deliveries are pushed. Apart from the rest: who holds it can send everything
    /// elsewhere.
    Webhook,
    /// Operate the gateway: organisations, agreements, replay of anybody's deliveries.
    Beheer,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::BerichtenSchrijven,
        Self::BerichtenLezen,
        Self::PostvakLezen,
        Self::MappingsLezen,
        Self::Webhook,
        Self::Beheer,
    ];

    /// The name on the command line, in the store and in the API's documentation.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BerichtenSchrijven => "berichten:schrijven",
            Self::BerichtenLezen => "berichten:lezen",
            Self::PostvakLezen => "postvak:lezen",
            Self::MappingsLezen => "mappings:lezen",
            Self::Webhook => "webhook",
            Self::Beheer => "beheer",
        }
    }

    /// The scope with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// What a system that pushes and pulls needs, and what a key gets when nothing else is asked: neither
    /// [`Scope::Webhook`] nor [`Scope::Beheer`].
    pub const SYSTEM: [Scope; 4] = [
        Scope::BerichtenSchrijven,
        Scope::BerichtenLezen,
        Scope::PostvakLezen,
        Scope::MappingsLezen,
    ];

    /// Whether a scope is in the set.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether any of these is in the set.
    #[must_use]
    pub fn has_any(self, scopes: &[Scope]) -> bool {
        scopes.iter().any(|scope| self.has(*scope))
    }

    /// The set of the names that are scopes; a name from another version of the gateway grants nothing.
    #[must_use]
    pub fn of_names(names: &[String]) -> Self {
        names.iter().filter_map(|name| Scope::parse(name)).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(
            scopes
                .into_iter()
                .fold(0, |set, scope| set | (1 << scope as u8)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_found_by_its_name_and_no_other_name_grants_anything() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        let names = ["beheer ", "BEHEER", "alles", ""].map(str::to_owned);
        assert_eq!(Scopes::of_names(&names), Scopes::default());
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let set: Scopes = [Scope::BerichtenLezen, Scope::Beheer].into_iter().collect();
        let held: Vec<Scope> = Scope::ALL.into_iter().filter(|s| set.has(*s)).collect();
        assert_eq!(held, [Scope::BerichtenLezen, Scope::Beheer]);
        assert!(set.has_any(&[Scope::PostvakLezen, Scope::Beheer]));
        assert!(!set.has_any(&[]));
    }
}
