//! From a mapping file to a [`Plan`], with every problem reported at once.

mod alike;
mod answers;
mod check;
mod codec;
mod distinct;
mod envelope;
mod fixed;
mod format;
mod group;
mod head;
mod idle;
mod in_order;
mod left;
mod options;
mod pair;
mod path;
mod paths;
mod placed;
mod retour;
mod rule;
mod sayable;
mod several;
mod spot;
mod target;
mod together;
mod unread;
mod when;

use crate::canonical::Kind;
use crate::canonical::ValueState;
use crate::document::Format;
use crate::document::Name;
use crate::document::Wire;
use crate::mapping::Direction;
use crate::mapping::Per;
use crate::mapping::RecordRole;
use crate::mapping::assemble::Assembled;
use crate::mapping::compile::placed::Placed;
use crate::mapping::compile::together::Together;
use crate::mapping::compile::unread::Unread;
use crate::mapping::compile::when::Compared;
use crate::mapping::diagnostic::Diagnostic;
use crate::mapping::diagnostic::Report;
use crate::mapping::finder::Finder;
use crate::mapping::intake::Intake;
use crate::mapping::known::Known;
use crate::mapping::plan::Column;
use crate::mapping::plan::Plan;
use crate::mapping::plan::folded;
use crate::mapping::retour::Retour;
use crate::mapping::slots::Slots;
use crate::mapping::syntax::Table;
use crate::mapping::text::Texts;
use crate::schema::Schemas;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

/// The code tables of `mappings/_gedeeld/`: pairs of code and value, in the order of the file.
pub(crate) type Tables = BTreeMap<String, Vec<(String, Json)>>;

/// A mapping file, compiled.
pub(crate) struct Compiled {
    pub titel: String,
    pub status: String,
    pub direction: Direction,
    pub main: Kind,
    pub delivers: Option<String>,
    pub per: Per,
    pub wire: Wire,
    pub roles: BTreeMap<Kind, RecordRole>,
    pub keys: BTreeMap<Kind, Vec<String>>,
    pub moments: BTreeMap<Kind, String>,
    pub full: BTreeSet<Kind>,
    pub retour: Option<Retour>,
    pub plan: Plan,
}

/// What the rules of one file are compiled with.
pub(crate) struct Compiler<'t> {
    pub(super) report: Report<'t>,
    pub(super) schemas: &'t Schemas,
    pub(super) tables: &'t Tables,
    pub(super) format: Format,
    pub(super) direction: Direction,
    pub(super) namespaces: Vec<(String, String)>,
    pub(super) columns: Vec<Column>,
    pub(super) texts: Texts,
    /// XML: the names in its paths.
    pub(super) steps: HashSet<Name>,
    /// XML: whether something stands around several elements, so that paths may begin with `../`.
    pub(super) around: bool,
    /// Fixed width: characters of a record.
    pub(super) length: usize,
    /// Tables: the columns that rows of one element have in common.
    pub(super) together: Option<Together>,
    pub(super) empty: Option<ValueState>,
    pub(super) placeholders: Vec<(Box<str>, ValueState)>,
    pub(super) placed: Vec<Placed>,
    /// The places of which conditions compare the text.
    pub(super) compared: Vec<Compared>,
    /// What `ignore` and `refuse` name.
    pub(super) unread: Vec<Unread>,
}

/// Compiles one file with what it takes over. The mapping is there only if no diagnostic is an error.
pub(crate) fn compile(
    file: &str,
    assembled: Assembled<'_>,
    tables: &Tables,
    schemas: &Schemas,
) -> (Option<Compiled>, Vec<Diagnostic>) {
    let Assembled { root, mut report } = assembled;
    let Some(root) = root else {
        return (None, report.into_found());
    };
    report.known_keys(
        &root,
        &[
            "mapping", "record", "key", "moment", "xml", "json", "csv", "excel", "fixed",
            "envelope", "retour", "answers", "rule", "case",
        ],
    );
    let mut compiler = Compiler {
        report,
        schemas,
        tables,
        format: Format::Json,
        direction: Direction::In,
        namespaces: Vec::new(),
        columns: Vec::new(),
        texts: Texts::default(),
        steps: HashSet::new(),
        around: false,
        length: 0,
        together: None,
        empty: None,
        placeholders: Vec::new(),
        placed: Vec::new(),
        compared: Vec::new(),
        unread: Vec::new(),
    };
    let mapping = compiler.file(file, &root);
    let failed = compiler.report.failed();
    let found = compiler.report.into_found();
    (mapping.filter(|_| !failed), found)
}

/// The pairs of a code table, in the order of the file.
pub(crate) fn code_pairs(report: &mut Report<'_>, table: &Table) -> Vec<(String, Json)> {
    let mut pairs = Vec::with_capacity(table.entries.len());
    for entry in &table.entries {
        match entry
            .item
            .json()
            .filter(|value| !value.is_array() && !value.is_object())
        {
            Some(value) => pairs.push((entry.key.clone(), value)),
            None => report.wrong_type(
                &entry.key,
                &entry.item.span,
                "tekst, een geheel getal, true of false",
                "text, a whole number, true or false",
            ),
        }
    }
    pairs
}

impl Compiler<'_> {
    fn file(&mut self, file: &str, root: &Table) -> Option<Compiled> {
        let Some(head) = self.report.table(root, "mapping") else {
            if !root.has("mapping") {
                self.report.missing("[mapping]", &root.place());
            }
            return None;
        };
        let head = self.head(file, head, root);
        let rules = self.report.tables(root, "rule");
        if rules.is_empty() {
            self.report.missing("[[rule]]", &root.place());
        }
        let mut compiled = Vec::with_capacity(rules.len());
        for table in rules {
            if self.is_within_depth(table) {
                compiled.extend(self.rule(table, &rule::Within::Element));
            }
        }
        let envelope = self.envelope_of(root);
        let (mut head, mut plan) = head?;
        plan.answers = self.answers(root, &head, &plan, &compiled);
        plan.rules = compiled;
        left::find(&mut plan.rules);
        plan.slots = Slots::number(&mut plan.rules);
        plan.intake = Intake::number(&mut plan.rules);
        plan.table.columns = std::mem::take(&mut self.columns);
        self.close_layout(&mut plan);
        self.close_together(&mut plan);
        plan.known = Known::of(&plan);
        if plan.format == Format::Json {
            Finder::number(&mut plan);
            plan.distinct = distinct::are_distinct(&plan);
            plan.streams = plan.distinct && in_order::are_in_order(&plan);
        }
        self.check_rules(&head, &plan);
        self.idle_kinds(root);
        head.spell(self);
        if let Some((wire, envelope)) = envelope {
            head.wrap(wire);
            plan.envelope = Some(Box::new(envelope));
        }
        let retour = self.retour(root, &plan);
        plan.texts = self.texts.all();
        Some(Compiled {
            retour,
            plan,
            ..head.into_compiled()
        })
    }
}

/// The index of the column with a header, made if it is new.
pub(super) fn column_named(columns: &mut Vec<Column>, texts: &mut Texts, header: &str) -> usize {
    let name = folded(header);
    if let Some(index) = columns
        .iter()
        .position(|column| column.names.contains(&name))
    {
        return index;
    }
    columns.push(Column {
        header: texts.of(header),
        names: vec![name],
        letter: None,
        required: false,
        inward: false,
        outward: false,
        slot: None,
    });
    columns.len() - 1
}
