use crate::adapters::is_ncname;
use crate::adapters::is_sheet_name;
use crate::canonical::ValueState;
use crate::document::Charset;
use crate::document::CsvWire;
use crate::document::Format;
use crate::document::Name;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::mapping::Direction;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::unread::spans;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Sheet;
use crate::mapping::plan::Source;
use crate::mapping::plan::folded;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// The namespace of `xsi:nil`.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Rows in which a header row is looked for, unless the mapping says otherwise.
const HEADER_WITHIN: i64 = 10;

/// Most rows a mapping may ask for.
const HEADER_WITHIN_MAX: i64 = 100;

/// The namespaces of `xml:` and `xmlns:`, which nothing else may have (Namespaces in XML 1.0, section 3).
const RESERVED: [(&str, &str); 2] = [
    ("xml", "http://www.w3.org/XML/1998/namespace"),
    ("xmlns", "http://www.w3.org/2000/xmlns/"),
];

/// Whether a prefix may stand for a namespace.
fn may_be(prefix: &str, uri: &str) -> bool {
    let reserved = RESERVED.iter().any(|(name, own)| {
        let (name, own) = (*name == prefix, *own == uri);
        name != own || name && prefix == "xmlns"
    });
    !reserved && (prefix.is_empty() || is_ncname(prefix))
}

/// Whether a namespace may have a character (RFC 3987, section 2.2): XML that has another in it is refused by its reader.
fn may_be_in_uri(c: char) -> bool {
    let delimiter = matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`');
    let nothing = matches!(c, '\u{FFF0}'..='\u{FFFF}');
    !(c.is_control() || c.is_whitespace() || delimiter || nothing)
}

impl Compiler<'_> {
    pub(super) fn wire(&mut self, root: &Table) -> (Wire, Plan) {
        let own = match self.format {
            Format::Xml => "xml",
            Format::Csv => "csv",
            Format::Excel => "excel",
            Format::Json => "json",
            Format::FixedWidth => "fixed",
        };
        for other in ["xml", "json", "csv", "excel", "fixed"] {
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
            Format::FixedWidth => self.fixed(table, root),
            Format::Json => {
                self.report.known_keys(
                    table,
                    &[
                        "element",
                        "list",
                        "ignore",
                        "refuse",
                        "placeholders",
                        "empty",
                        "together",
                    ],
                );
                self.no_together(table);
                let mut plan = self.empty_plan();
                plan.list = self.report.boolean(table, "list", false);
                if let Some(element) = self.report.text(table, "element") {
                    let span = table.get("element").map_or(0..0, |item| item.span.clone());
                    plan.element = self.element_path(element, &span);
                }
                if plan.list && !plan.element.steps.is_empty() {
                    let span = table.get("list").map_or(0..0, |item| item.span.clone());
                    self.idle("list", &span, "`element = \"\"`", "`element = \"\"`");
                }
                plan.ignore = self.named_parts(table, "ignore");
                plan.refuse = self.named_parts(table, "refuse");
                (Wire::Json, plan)
            }
        }
    }

    /// `placeholders` and `empty` of the format's own table: for every rule that has none itself.
    pub(super) fn states(&mut self, table: &Table) {
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
        self.check_placeholders(table, &found);
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

    pub(super) fn unknown_state(&mut self, span: &std::ops::Range<usize>) {
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

    pub(super) fn xml(&mut self, table: &Table, root: &Table) -> (Wire, Plan) {
        self.report.known_keys(
            table,
            &[
                "root",
                "element",
                "pair",
                "around",
                "namespaces",
                "nil",
                "ignore",
                "refuse",
                "placeholders",
                "empty",
                "together",
            ],
        );
        self.no_together(table);
        self.declared(table);
        let mut plan = self.rooted(table, root);
        let span_of = |key| table.get(key).map_or(0..0, |item| item.span.clone());
        if let Some(element) = self.report.text(table, "element") {
            plan.element = self.element_path(element, &span_of("element"));
        }
        if (plan.element.steps.last()).is_some_and(|step| step.starts_with('@')) {
            self.bad_path(
                &span_of("element"),
                "Wat zich herhaalt is een element, geen attribuut.",
                "What repeats is an element, no attribute.",
            );
        }
        plan.pair = self.pair(table, &plan.element);
        if let Some(around) = self.report.text(table, "around") {
            self.around = true;
            plan.around = self.element_path(around, &span_of("around"));
            let (outer, inner) = (&plan.around.steps, &plan.element.steps);
            if outer.is_empty() || outer.len() >= inner.len() || !inner.starts_with(outer) {
                self.no_around(
                    &span_of("around"),
                    "`around` is niet het begin van `element`.",
                    "`around` is not the beginning of `element`.",
                );
            }
        }
        if let Some(name) = self.report.text(table, "nil") {
            plan.nil = self.xml_step(
                &format!("@{}", name.trim_start_matches('@')),
                &span_of("nil"),
            );
            let declares = |(prefix, uri): &(String, String)| !prefix.is_empty() && uri == XSI;
            if self.direction != Direction::In && !self.namespaces.iter().any(declares) {
                // a state is written as xsi:nil
                if self.namespaces.iter().any(|(prefix, _)| prefix == "xsi") {
                    self.no_prefix("xsi", &span_of("nil"));
                } else {
                    self.namespaces.push(("xsi".to_owned(), XSI.to_owned()));
                }
            }
        }
        plan.ignore = self.named_parts(table, "ignore");
        plan.refuse = self.named_parts(table, "refuse");
        plan.prefixes.clone_from(&self.namespaces);
        (Wire::Xml(XmlWire::new(self.namespaces.clone())), plan)
    }

    /// The prefixes of `namespaces`.
    pub(super) fn declared(&mut self, table: &Table) {
        for entry in self
            .report
            .table(table, "namespaces")
            .map_or(&[][..], |inner| &inner.entries)
        {
            match &entry.item.value {
                Toml::Text(uri) if !may_be(&entry.key, uri) => {
                    self.no_name(&entry.key, &entry.key_span);
                }
                _ => {
                    let uri = self.namespace(entry).map(str::to_owned);
                    self.namespaces
                        .extend(uri.map(|uri| (entry.key.clone(), uri)));
                }
            }
        }
    }

    /// The namespace that a prefix stands for.
    pub(super) fn namespace<'e>(&mut self, entry: &'e Entry) -> Option<&'e str> {
        let span = &entry.item.span;
        match &entry.item.value {
            Toml::Text(uri) if !uri.is_empty() => {
                if !uri.chars().all(may_be_in_uri) {
                    self.no_namespace(&entry.key, span);
                }
                Some(uri)
            }
            _ => {
                (self.report).wrong_type(&entry.key, span, "een naamruimte", "a namespace");
                None
            }
        }
    }

    fn no_namespace(&mut self, prefix: &str, span: &Span) {
        self.report.error(
            "M084",
            span,
            (
                &format!("De naamruimte van `{prefix}` is geen URI: geen XML kan haar noemen."),
                &format!("The namespace of `{prefix}` is no URI: no XML can name it."),
            ),
            (
                "Neem haar over uit het schema of een bericht, zonder spaties, stuurtekens, of een van `<>\"{}|\\^` en de accent grave.",
                "Copy it from the schema or a message, without spaces, control characters, or one of `<>\"{}|\\^` and the backtick.",
            ),
        );
    }

    /// A plan with its root element.
    pub(super) fn rooted(&mut self, table: &Table, root: &Table) -> Plan {
        let mut plan = self.empty_plan();
        let span_of = |key| table.get(key).map_or(0..0, |item| item.span.clone());
        if let Some(name) = self.report.text(table, "root") {
            if name.starts_with('@') {
                self.no_name(name, &span_of("root"));
            }
            plan.root = self
                .xml_step(name, &span_of("root"))
                .map(|step| (step, format!("/{name}").into()));
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
        plan
    }

    /// Parts of a tree that no rule reads, each with all that is in it: `ignore` or `refuse`.
    pub(super) fn named_parts(&mut self, table: &Table, key: &str) -> Vec<Source> {
        let span = table.get(key).map_or(0..0, |item| item.span.clone());
        let mut found = Vec::new();
        let texts = self.report.texts(table, key);
        for (text, own) in texts.into_iter().zip(spans(table, key)) {
            if text == "." {
                self.bad_path(
                    &span,
                    "Het element zelf kan niet worden overgeslagen of geweigerd.",
                    "The element itself cannot be left unread or refused.",
                );
                continue;
            }
            let Some(source) = self.source(&text, &span, false) else {
                continue;
            };
            self.not_each(&source, &span);
            if source.chosen().is_some() {
                self.bad_keyed(&span);
            }
            self.unread_part(key, &source, &text, &own);
            found.push(source);
        }
        found
    }

    /// A blank text is the beginning of every text, and the header of no column.
    pub(super) fn no_blank(&mut self, table: &Table, key: &str, texts: &[String]) {
        if texts.iter().any(|text| folded(text).is_empty()) {
            let span = table.get(key).map_or(0..0, |item| item.span.clone());
            self.report.wrong_type(
                key,
                &span,
                "een lijst van teksten die niet leeg zijn",
                "a list of texts that are not empty",
            );
        }
    }

    /// The sheets of `sheet` or `sheets`, and whether it is all of them.
    fn sheet_names(&mut self, table: &Table) -> (Vec<String>, bool) {
        let Some(item) = table.get("sheets") else {
            let one = self.report.text(table, "sheet").map(str::to_owned);
            return (one.into_iter().collect(), false);
        };
        let span = item.span.clone();
        let all = matches!(&item.value, Toml::Text(word) if word == "all");
        let names = if all {
            Vec::new()
        } else {
            self.report.texts(table, "sheets")
        };
        let folded: Vec<String> = names.iter().map(|name| folded(name)).collect();
        let twice = (1..folded.len()).any(|at| folded[..at].contains(&folded[at]));
        if table.has("sheet") || twice || !all && names.is_empty() {
            self.report.error(
                "M077",
                &span,
                (
                    "`sheets` noemt bladen die elk één keer worden gelezen, in plaats van `sheet`.",
                    "`sheets` names sheets that are each read once, in place of `sheet`.",
                ),
                (
                    "Geef een lijst van namen, of \"all\"; en geen `sheet`.",
                    "Give a list of names, or \"all\"; and no `sheet`.",
                ),
            );
        }
        (names, all)
    }

    /// Whether the sheet that is written may be called so.
    fn check_sheet_name(&mut self, table: &Table, names: &[String]) {
        let out = self.format == Format::Excel && self.direction != Direction::In;
        let Some(name) = names.first().filter(|_| out) else {
            return;
        };
        if !is_sheet_name(name) {
            let item = table.get("sheet").or_else(|| table.get("sheets"));
            let span = item.map_or(0..0, |item| item.span.clone());
            self.unsayable(
                &span,
                "Een werkmap kan geen blad hebben dat zo heet.",
                "A workbook cannot have a sheet of this name.",
            );
        }
    }

    /// The sheets of `ignore_sheets`, folded.
    fn unread_sheets(&mut self, table: &Table, read: &[String]) -> Vec<String> {
        let unread: Vec<String> = self.report.texts(table, "ignore_sheets");
        let unread: Vec<String> = unread.iter().map(|name| folded(name)).collect();
        if read.iter().any(|name| unread.contains(&folded(name))) {
            let span = table
                .get("ignore_sheets")
                .map_or(0..0, |item| item.span.clone());
            self.report.error(
                "M090",
                &span,
                (
                    "`ignore_sheets` noemt een blad dat de mapping leest.",
                    "`ignore_sheets` names a sheet that the mapping reads.",
                ),
                (
                    "Noem alleen bladen die met opzet niet worden gelezen.",
                    "Name only sheets that are left unread on purpose.",
                ),
            );
        }
        unread
    }

    pub(super) fn sheet(&mut self, table: &Table) -> (Wire, Plan) {
        let mut known = vec![
            "header_within",
            "ignore",
            "total_rows",
            "placeholders",
            "empty",
            "together",
        ];
        if self.format == Format::Csv {
            known.extend(["delimiter", "encoding", "line_end"]);
        } else {
            known.extend(["sheet", "sheets", "ignore_sheets", "hidden"]);
        }
        self.report.known_keys(table, &known);
        self.together(table);
        let mut plan = self.empty_plan();
        let within = self.report.integer(
            table,
            "header_within",
            (1, HEADER_WITHIN_MAX),
            HEADER_WITHIN,
        );
        let fold = |texts: Vec<String>| texts.iter().map(|text| folded(text)).collect();
        let (names, all) = self.sheet_names(table);
        self.check_sheet_name(table, &names);
        let unread = self.unread_sheets(table, &names);
        let skip_hidden =
            self.report
                .word(table, "hidden", &[("read", false), ("skip", true)], false);
        let totals = self.report.texts(table, "total_rows");
        self.no_blank(table, "total_rows", &totals);
        let ignored = self.report.texts(table, "ignore");
        self.unread_headers(table, &ignored);
        plan.table = Sheet {
            names: names.iter().map(|name| Name::from(&**name)).collect(),
            all,
            unread,
            skip_hidden,
            header_within: usize::try_from(within).unwrap_or(1),
            ignore: fold(ignored),
            totals: fold(totals),
            columns: Vec::new(),
            together: Vec::new(),
            encoding: None,
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
        plan.table.encoding = Some(encoding);
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
