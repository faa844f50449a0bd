use crate::canonical::Kind;
use crate::canonical::ValueState;
use crate::document::Charset;
use crate::document::CsvWire;
use crate::document::Format;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::mapping::Direction;
use crate::mapping::Per;
use crate::mapping::RecordRole;
use crate::mapping::compile::Compiled;
use crate::mapping::compile::Compiler;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Sheet;
use crate::mapping::plan::folded;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use std::collections::BTreeMap;

/// The message kinds that go out (plan of the five flows; catalogue in the domain model 2.16).
pub(crate) const DELIVERS: [&str; 7] = [
    "verwijzing",
    "verwijzingBesluit",
    "opdracht",
    "opdrachtBevestiging",
    "trajectplan",
    "logboek",
    "werkprofiel",
];

/// Rows in which a header row is looked for, unless the mapping says otherwise.
const HEADER_WITHIN: i64 = 10;
/// Most rows a mapping may ask for.
const HEADER_WITHIN_MAX: i64 = 100;

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
        let text = |key| match head.get(key).map(|item| &item.value) {
            Some(Toml::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let (titel, status) = (text("titel"), text("status"));
        let (wire, plan) = self.wire(root);
        let (roles, keys) = (self.roles(root), self.keys(root));
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

    fn check_file_name(&mut self, file: &str, head: &Table) {
        let (folder, name) = file
            .strip_suffix(".toml")
            .unwrap_or(file)
            .split_once('/')
            .unwrap_or(("", file));
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
        let known = DELIVERS.map(|name| (name, name));
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
                ("Voeg `delivers` toe.", "Add `delivers`."),
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
        delivers.map(str::to_owned)
    }

    fn roles(&mut self, root: &Table) -> BTreeMap<Kind, RecordRole> {
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
                _ => {
                    self.report
                        .wrong_word(&entry.key, &entry.item.span, &["write", "reference"]);
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
            for name in &names {
                if self.schemas.attribute(kind, name).is_none() {
                    self.unknown_attribute(kind, "", name, &entry.item.span);
                }
            }
            keys.insert(kind, names);
        }
        keys
    }

    fn empty_plan(&self) -> Plan {
        Plan {
            format: self.format,
            root: None,
            element: Path::default(),
            nil: None,
            table: Sheet::default(),
            rules: Vec::new(),
        }
    }

    fn wire(&mut self, root: &Table) -> (Wire, Plan) {
        let own = match self.format {
            Format::Xml => "xml",
            Format::Csv => "csv",
            Format::Excel => "excel",
            Format::Json | Format::FixedWidth => "json",
        };
        for other in ["xml", "json", "csv", "excel"] {
            if other != own
                && let Some(entry) = root.entries.iter().find(|entry| entry.key == other)
            {
                self.report.error(
                    "M007",
                    &entry.key_span,
                    (
                        &format!("[{other}] hoort niet bij dit formaat."),
                        &format!("[{other}] does not belong to this format."),
                    ),
                    (
                        &format!("Gebruik [{own}], of verander `format`."),
                        &format!("Use [{own}], or change `format`."),
                    ),
                );
            }
        }
        let nothing = Table {
            span: 0..0,
            entries: Vec::new(),
        };
        let table = self.report.table(root, own).unwrap_or(&nothing);
        self.states(table);
        match self.format {
            Format::Xml => self.xml(table, root),
            Format::Csv | Format::Excel => self.sheet(table),
            Format::Json | Format::FixedWidth => {
                self.report
                    .known_keys(table, &["element", "placeholders", "empty"]);
                let mut plan = self.empty_plan();
                if let Some(element) = self.report.text(table, "element") {
                    let span = table.get("element").map_or(0..0, |item| item.span.clone());
                    plan.element = self.element_path(element, &span);
                }
                (Wire::Json, plan)
            }
        }
    }

    /// `placeholders` and `empty` of the format's own table: for every rule that has none itself.
    fn states(&mut self, table: &Table) {
        self.placeholders = self.placeholders_of(table);
        self.empty = self.empty_of(table);
    }

    pub(super) fn placeholders_of(&mut self, table: &Table) -> Vec<(Box<str>, ValueState)> {
        let mut found = Vec::new();
        for entry in self
            .report
            .table(table, "placeholders")
            .map_or(&[][..], |inner| &inner.entries)
        {
            let state = match &entry.item.value {
                Toml::Text(name) => ValueState::parse(name),
                _ => None,
            };
            match state {
                Some(state) => found.push((entry.key.as_str().into(), state)),
                None => self.unknown_state(&entry.item.span),
            }
        }
        found
    }

    pub(super) fn empty_of(&mut self, table: &Table) -> Option<ValueState> {
        let state = ValueState::parse(self.report.text(table, "empty")?);
        if state.is_none() {
            let span = table.get("empty").map_or(0..0, |item| item.span.clone());
            self.unknown_state(&span);
        }
        state
    }

    fn unknown_state(&mut self, span: &std::ops::Range<usize>) {
        let names = ValueState::ALL.map(ValueState::as_str).join(", ");
        self.report.error(
            "M029",
            span,
            ("Dit is geen waardestatus.", "This is no value state."),
            (
                &format!("Kies uit: {names}."),
                &format!("Choose from: {names}."),
            ),
        );
    }

    fn xml(&mut self, table: &Table, root: &Table) -> (Wire, Plan) {
        self.report.known_keys(
            table,
            &[
                "root",
                "element",
                "namespaces",
                "nil",
                "placeholders",
                "empty",
            ],
        );
        let mut plan = self.empty_plan();
        for entry in self
            .report
            .table(table, "namespaces")
            .map_or(&[][..], |inner| &inner.entries)
        {
            match &entry.item.value {
                Toml::Text(uri) if !uri.is_empty() => {
                    self.namespaces.push((entry.key.clone(), uri.clone()));
                }
                _ => self.report.wrong_type(
                    &entry.key,
                    &entry.item.span,
                    "een naamruimte",
                    "a namespace",
                ),
            }
        }
        let span_of = |key| table.get(key).map_or(0..0, |item| item.span.clone());
        if let Some(name) = self.report.text(table, "root") {
            plan.root = self
                .xml_step(name, &span_of("root"))
                .map(|step| (step, format!("/{name}")));
        } else if !table.has("root") {
            self.report.missing(
                "root",
                &if table.entries.is_empty() {
                    root.place()
                } else {
                    table.place()
                },
            );
        }
        if let Some(element) = self.report.text(table, "element") {
            plan.element = self.element_path(element, &span_of("element"));
        }
        if let Some(name) = self.report.text(table, "nil") {
            plan.nil = self.xml_step(
                &format!("@{}", name.trim_start_matches('@')),
                &span_of("nil"),
            );
        }
        (
            Wire::Xml(XmlWire {
                namespaces: self.namespaces.clone(),
            }),
            plan,
        )
    }

    fn sheet(&mut self, table: &Table) -> (Wire, Plan) {
        let mut known = vec![
            "header_within",
            "ignore",
            "total_rows",
            "placeholders",
            "empty",
        ];
        if self.format == Format::Csv {
            known.extend(["delimiter", "encoding", "line_end"]);
        } else {
            known.push("sheet");
        }
        self.report.known_keys(table, &known);
        let mut plan = self.empty_plan();
        let within = self.report.integer(
            table,
            "header_within",
            (1, HEADER_WITHIN_MAX),
            HEADER_WITHIN,
        );
        let fold = |texts: Vec<String>| texts.iter().map(|text| folded(text)).collect();
        plan.table = Sheet {
            name: self.report.text(table, "sheet").map(str::to_owned),
            header_within: usize::try_from(within).unwrap_or(1),
            ignore: fold(self.report.texts(table, "ignore")),
            totals: fold(self.report.texts(table, "total_rows")),
            columns: Vec::new(),
        };
        if self.format == Format::Excel {
            return (Wire::Excel, plan);
        }
        let delimiter = self.report.word(
            table,
            "delimiter",
            &[(";", b';'), (",", b','), ("\t", b'\t'), ("|", b'|')],
            b';',
        );
        let encoding = self.report.word(
            table,
            "encoding",
            &[
                ("utf-8", Charset::Utf8),
                ("windows-1252", Charset::Windows1252),
            ],
            Charset::Utf8,
        );
        let crlf = self
            .report
            .word(table, "line_end", &[("crlf", true), ("lf", false)], true);
        (
            Wire::Csv(CsvWire {
                delimiter,
                encoding,
                crlf,
            }),
            plan,
        )
    }
}
