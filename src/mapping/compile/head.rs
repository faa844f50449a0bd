use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::document::EnvelopeWire;
use crate::document::Format;
use crate::document::Wire;
use crate::mapping::Direction;
use crate::mapping::Per;
use crate::mapping::RecordRole;
use crate::mapping::compile::Compiled;
use crate::mapping::compile::Compiler;
use crate::mapping::finder::Finder;
use crate::mapping::intake::Intake;
use crate::mapping::is_soort;
use crate::mapping::known::Known;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Sheet;
use crate::mapping::slots::Slots;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::mapping::text::Text;
use crate::schema::Owner;
use crate::schema::Shape;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

/// The message kinds that go out, and what each is about (plan of the five flows; catalogue in the domain model 2.16).
pub(crate) const DELIVERS: [(&str, Kind); 16] = [
    ("verwijzing", Kind::Verwijzing),
    ("verwijzingBesluit", Kind::Verwijzing),
    ("opdracht", Kind::Opdracht),
    ("opdrachtBevestiging", Kind::Opdracht),
    ("opdrachtStart", Kind::Opdracht),
    ("opdrachtStop", Kind::Opdracht),
    ("trajectplan", Kind::Trajectplan),
    ("logboek", Kind::Logboekregel),
    ("werkprofiel", Kind::Werkprofiel),
    ("verzoekToewijzing", Kind::Verzoek),
    ("verzoekWijziging", Kind::Verzoek),
    ("verzoekAntwoord", Kind::Verzoek),
    ("declaratie", Kind::Declaratie),
    ("declaratieAntwoord", Kind::Declaratie),
    ("rapportage", Kind::Rapportage),
    ("loonwaarde", Kind::Loonwaarde),
];

/// What a mapping that goes out delivers when it is used by name only (`schakel convert`).
const BY_NAME: &str = "none";

/// Everything of a mapping but its rules.
pub(super) struct Head {
    compiled: Compiled,
    /// Where `[mapping]` stands, for diagnostics about the file as a whole.
    pub place: std::ops::Range<usize>,
}

impl Head {
    pub(super) fn into_compiled(self) -> Compiled {
        self.compiled
    }

    /// Notes how the names of XML are written.
    pub(super) fn spell(&mut self, compiler: &Compiler<'_>) {
        if let Wire::Xml(wire) = &mut self.compiled.wire {
            wire.spelled = compiler.spelled(&wire.namespaces);
        }
    }

    /// Puts the format in an envelope.
    pub(super) fn wrap(&mut self, mut envelope: EnvelopeWire) {
        envelope.payload = std::mem::replace(&mut self.compiled.wire, Wire::Json);
        self.compiled.wire = Wire::Enveloped(Box::new(envelope));
    }

    pub(super) const fn main(&self) -> Kind {
        self.compiled.main
    }

    pub(super) fn role(&self, kind: Kind) -> RecordRole {
        self.compiled
            .roles
            .get(&kind)
            .copied()
            .unwrap_or(RecordRole::Write)
    }

    pub(super) const fn per(&self) -> Per {
        self.compiled.per
    }

    /// What the message that it serves is about.
    pub(super) fn delivers(&self) -> Option<(&str, Kind)> {
        let delivers = self.compiled.delivers.as_deref()?;
        DELIVERS.into_iter().find(|(name, _)| *name == delivers)
    }

    pub(super) const fn full(&self) -> &BTreeSet<Kind> {
        &self.compiled.full
    }

    pub(super) fn orders(&self, kind: Kind) -> bool {
        self.compiled.moments.contains_key(&kind)
    }

    pub(super) const fn keys(&self) -> &BTreeMap<Kind, Vec<String>> {
        &self.compiled.keys
    }
}

impl Compiler<'_> {
    pub(super) fn head(&mut self, file: &str, head: &Table, root: &Table) -> Option<(Head, Plan)> {
        self.report.known_keys(
            head,
            &[
                "organisatie",
                "soort",
                "titel",
                "status",
                "direction",
                "format",
                "main",
                "delivers",
                "per",
                "extends",
                "remove",
            ],
        );
        for key in [
            "organisatie",
            "soort",
            "titel",
            "status",
            "direction",
            "format",
            "main",
        ] {
            if !head.has(key) {
                self.report.missing(key, &head.place());
            }
        }
        self.check_names(head);
        self.check_file_name(file, head);
        self.direction = self.report.word(
            head,
            "direction",
            &[
                ("in", Direction::In),
                ("out", Direction::Out),
                ("both", Direction::Both),
            ],
            Direction::In,
        );
        self.format = self.report.word(
            head,
            "format",
            &[
                ("xml", Format::Xml),
                ("json", Format::Json),
                ("csv", Format::Csv),
                ("excel", Format::Excel),
                ("fixed", Format::FixedWidth),
            ],
            Format::Json,
        );
        let main = self.main(head);
        let delivers = self.delivers(head);
        let per = self.report.word(
            head,
            "per",
            &[("record", Per::Record), ("message", Per::Message)],
            Per::Record,
        );
        self.idle_per(head);
        let text = |key| match head.get(key).map(|item| &item.value) {
            Some(Toml::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let (titel, status) = (text("titel"), text("status"));
        let (wire, plan) = self.wire(root);
        let mut full = BTreeSet::new();
        let (roles, keys) = (self.roles(root, &mut full), self.keys(root));
        let moments = self.moments(root);
        let compiled = Compiled {
            titel,
            status,
            direction: self.direction,
            main: main?,
            delivers,
            per,
            wire,
            roles,
            keys,
            moments,
            full,
            retour: None,
            plan: self.empty_plan(),
        };
        Some((
            Head {
                compiled,
                place: head.place(),
            },
            plan,
        ))
    }

    /// Both names stand in file names, queues and URLs.
    fn check_names(&mut self, head: &Table) {
        let remedies = [
            (
                "organisatie",
                "Schrijf 1 tot 40 tekens a-z, 0-9 of -, te beginnen met een letter.",
                "Write 1 to 40 characters a-z, 0-9 or -, beginning with a letter.",
            ),
            (
                "soort",
                "Schrijf 1 tot 40 letters zonder accent, cijfers of -, te beginnen met een letter of cijfer, en niet `canoniek`.",
                "Write 1 to 40 letters without accents, digits or -, beginning with a letter or digit, and not `canoniek`.",
            ),
        ];
        for (key, nl, en) in remedies {
            let Some(Toml::Text(name)) = head.get(key).map(|item| &item.value) else {
                continue;
            };
            let fits = if key == "soort" {
                is_soort(name)
            } else {
                OrgCode::parse(name).is_ok()
            };
            if !fits {
                let span = head.get(key).map_or(0..0, |item| item.span.clone());
                self.report.error(
                    "M110",
                    &span,
                    (
                        &format!("Zo kan `{key}` niet heten: dit is een deel van bestandsnamen, wachtrijen en adressen."),
                        &format!("`{key}` cannot be called so: it is a part of file names, queues and addresses."),
                    ),
                    (nl, en),
                );
            }
        }
    }

    fn check_file_name(&mut self, file: &str, head: &Table) {
        let bare = file.strip_suffix(".toml").unwrap_or(file);
        let (folder, name) = bare.split_once('/').unwrap_or(("", bare));
        if folder.is_empty() {
            let span = head
                .get("organisatie")
                .map_or(0..0, |item| item.span.clone());
            let own = self
                .report
                .text(head, "organisatie")
                .unwrap_or("organisatie");
            return self.report.error(
                "M006",
                &span,
                (
                    "Dit bestand staat niet in de map van zijn organisatie.",
                    "This file is not in the folder of its organisation.",
                ),
                (
                    &format!("Verplaats het naar `{own}/{name}.toml`."),
                    &format!("Move it to `{own}/{name}.toml`."),
                ),
            );
        }
        for (key, expected) in [("organisatie", folder), ("soort", name)] {
            let Some(found) = self.report.text(head, key) else {
                continue;
            };
            if found != expected {
                let span = head.get(key).map_or(0..0, |item| item.span.clone());
                self.report.error(
                    "M006",
                    &span,
                    (
                        &format!("`{key}` is niet gelijk aan de map of bestandsnaam."),
                        &format!("`{key}` is not equal to the folder or file name."),
                    ),
                    (
                        &format!("Schrijf `{expected}`, of verplaats het bestand."),
                        &format!("Write `{expected}`, or move the file."),
                    ),
                );
            }
        }
    }

    fn main(&mut self, head: &Table) -> Option<Kind> {
        let name = self.report.text(head, "main")?;
        let kind = Kind::parse(name);
        if kind.is_none() {
            let span = head.get("main").map_or(0..0, |item| item.span.clone());
            self.unknown_kind(name, &span);
        }
        kind
    }

    pub(super) fn unknown_kind(&mut self, name: &str, span: &std::ops::Range<usize>) {
        let names = Kind::ALL.map(Kind::as_str).join(", ");
        self.report.error(
            "M011",
            span,
            (
                &format!("Er is geen soort record `{name}`."),
                &format!("There is no kind of record `{name}`."),
            ),
            (
                &format!("Kies uit: {names}."),
                &format!("Choose from: {names}."),
            ),
        );
    }

    fn delivers(&mut self, head: &Table) -> Option<String> {
        let mut known = DELIVERS.map(|(name, _)| (name, name)).to_vec();
        known.push((BY_NAME, BY_NAME));
        let delivers = head
            .has("delivers")
            .then(|| self.report.word(head, "delivers", &known, ""));
        match (self.direction, &delivers) {
            (Direction::Out | Direction::Both, None) => self.report.error(
                "M008",
                &head.place(),
                (
                    "Een mapping naar buiten zegt niet welk bericht zij bedient.",
                    "A mapping going out does not say which message it serves.",
                ),
                (
                    "Voeg `delivers` toe; `none` als zij alleen bij naam wordt gebruikt.",
                    "Add `delivers`; `none` if it is used by name only.",
                ),
            ),
            (Direction::In, Some(_)) => self.report.error(
                "M008",
                &head.place(),
                (
                    "Een mapping naar binnen bedient geen uitgaand bericht.",
                    "A mapping coming in serves no outgoing message.",
                ),
                (
                    "Haal `delivers` weg, of zet `direction` op out of both.",
                    "Remove `delivers`, or set `direction` to out or both.",
                ),
            ),
            _ => {}
        }
        delivers.filter(|name| *name != BY_NAME).map(str::to_owned)
    }

    fn roles(&mut self, root: &Table, full: &mut BTreeSet<Kind>) -> BTreeMap<Kind, RecordRole> {
        let mut roles = BTreeMap::new();
        for entry in self
            .report
            .table(root, "record")
            .map_or(&[][..], |table| &table.entries)
        {
            let Some(kind) = Kind::parse(&entry.key) else {
                self.unknown_kind(&entry.key, &entry.key_span);
                continue;
            };
            let role = match &entry.item.value {
                Toml::Text(word) if word == "write" => RecordRole::Write,
                Toml::Text(word) if word == "reference" => RecordRole::Reference,
                Toml::Text(word) if word == "full-set" => {
                    full.insert(kind);
                    RecordRole::Write
                }
                _ => {
                    let words = ["write", "reference", "full-set"];
                    self.report.wrong_word(&entry.key, &entry.item.span, &words);
                    continue;
                }
            };
            roles.insert(kind, role);
        }
        roles
    }

    fn keys(&mut self, root: &Table) -> BTreeMap<Kind, Vec<String>> {
        let mut keys = BTreeMap::new();
        let Some(table) = self.report.table(root, "key") else {
            return keys;
        };
        for entry in &table.entries {
            let Some(kind) = Kind::parse(&entry.key) else {
                self.unknown_kind(&entry.key, &entry.key_span);
                continue;
            };
            let names = self.report.texts(table, &entry.key);
            self.no_key_twice(table, &entry.key, &names);
            for name in &names {
                if self.schemas.attribute(kind, name).is_none() {
                    self.unknown_attribute(kind, "", name, &entry.item.span);
                }
            }
            keys.insert(kind, names);
        }
        keys
    }

    /// What only the gateway itself says of records: nobody's format has to hold it.
    fn own(&self) -> HashSet<(Kind, Box<str>)> {
        let of = |kind| {
            let attributes = self.schemas.attributes(kind).iter();
            let own = attributes.filter(|one| one.owner == [Owner::Gw] && !one.path.contains('/'));
            own.map(move |one| (kind, Box::from(one.path.as_str())))
        };
        Kind::ALL.into_iter().flat_map(of).collect()
    }

    /// `[moment]`: the attribute that says from when what a message says of a record counts.
    fn moments(&mut self, root: &Table) -> BTreeMap<Kind, String> {
        let mut moments = BTreeMap::new();
        let Some(table) = self.report.table(root, "moment") else {
            return moments;
        };
        for entry in &table.entries {
            let Some(kind) = Kind::parse(&entry.key) else {
                self.unknown_kind(&entry.key, &entry.key_span);
                continue;
            };
            let Some(name) = self.report.text(table, &entry.key) else {
                continue;
            };
            match self.schemas.attribute(kind, name) {
                None => self.unknown_attribute(kind, "", name, &entry.item.span),
                Some(known) if known.shape == Shape::Timestamp => {
                    moments.insert(kind, name.to_owned());
                }
                Some(_) => self.report.error(
                    "M122",
                    &entry.item.span,
                    (
                        &format!("`{kind}.{name}` is geen tijdstip, en kan geen volgorde geven."),
                        &format!("`{kind}.{name}` is no moment, and cannot give an order."),
                    ),
                    (
                        "Noem een attribuut dat een tijdstip is.",
                        "Name an attribute that is a moment.",
                    ),
                ),
            }
        }
        moments
    }

    pub(super) fn empty_plan(&self) -> Plan {
        Plan {
            format: self.format,
            root: None,
            element: Path::default(),
            pair: None,
            around: Path::default(),
            list: false,
            nil: None,
            prefixes: Vec::new(),
            table: Sheet::default(),
            layout: None,
            ignore: Vec::new(),
            refuse: Vec::new(),
            known: Known::default(),
            distinct: false,
            streams: false,
            finder: Finder::default(),
            root_finder: Finder::default(),
            own: self.own(),
            rules: Vec::new(),
            texts: [].into(),
            nothing: Text::default(),
            slots: Slots::default(),
            intake: Intake::default(),
            envelope: None,
            answers: None,
        }
    }
}
