use crate::canonical::Kind;
use crate::document::Format;
use crate::mapping::Direction;
use crate::mapping::Per;
use crate::mapping::RecordRole;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::head::Head;
use crate::mapping::compile::placed::Placed;
use crate::mapping::compile::spot::Spot;
use crate::mapping::compile::spot::Starts;
use crate::mapping::diagnostic::Level;
use crate::mapping::plan::Plan;
use crate::schema::Shape;
use std::collections::BTreeSet;
use std::collections::HashMap;

impl Compiler<'_> {
    /// What can only be seen with all rules together.
    pub(super) fn check_rules(&mut self, head: &Head, plan: &Plan) {
        let starts = Starts::of(plan);
        self.check_places(starts, &starts.spots());
        self.check_unread(starts, &plan.table.columns);
        self.check_conditions(starts);
        self.check_main(head);
        self.check_keys(head);
        self.check_full_sets(head);
        self.check_delivers(head);
        self.check_sayable(plan);
        let roots = plan.rules.iter().any(|rule| rule.source.is_root());
        let many = head.per() == Per::Message && self.direction != Direction::In;
        let whole = plan.element.steps.is_empty();
        let crowded = match self.format {
            Format::Xml => whole && many,
            Format::Json => whole && (many || plan.list) && roots,
            _ => false,
        };
        if crowded {
            self.report.error(
                "M039",
                &head.place,
                (
                    "Er is geen plaats voor meer dan een element: `element` is de wortel zelf.",
                    "There is no place for more than one element: `element` is the root itself.",
                ),
                (
                    "Geef `element` een pad, of `per = \"record\"`.",
                    "Give `element` a path, or `per = \"record\"`.",
                ),
            );
        }
    }

    /// Whether some rule writes something of what the message that the mapping serves is about.
    fn check_delivers(&mut self, head: &Head) {
        let Some((delivers, kind)) = head.delivers() else {
            return;
        };
        let written = self.placed.iter().filter(|placed| placed.outward);
        let written: BTreeSet<Kind> = written
            .filter_map(|placed| Kind::parse(placed.target.as_ref()?.split_once('/')?.0))
            .collect();
        if written.contains(&kind) {
            return;
        }
        // what the message is about may bring other records along: there is something to write
        let level = if written.is_disjoint(&self.along_with(kind)) {
            Level::Error
        } else {
            Level::Warning
        };
        self.report.add(
            "M009",
            level,
            &head.place,
            (
                &format!("Geen regel schrijft iets van `{kind}`, en daar gaat `{delivers}` over."),
                &format!("No rule writes anything of `{kind}`, which `{delivers}` is about."),
            ),
            (
                "Geef bij `delivers` het bericht waar de regels over gaan, of voeg regels toe.",
                "Name at `delivers` the message that the rules are about, or add rules.",
            ),
        );
    }

    /// The kinds of the records that a record can bring along: those that it refers to, and what these refer to.
    fn along_with(&self, kind: Kind) -> BTreeSet<Kind> {
        // a verwijzing has the werkprofiel of its person with it
        let mut found: BTreeSet<Kind> = (kind == Kind::Verwijzing)
            .then_some(Kind::Werkprofiel)
            .into_iter()
            .collect();
        let mut open = vec![kind];
        while let Some(kind) = open.pop() {
            for attribute in self.schemas.attributes(kind) {
                let refers = attribute.shape == Shape::Uuid;
                let other = Kind::parse(&attribute.path).filter(|_| refers);
                open.extend(other.filter(|other| found.insert(*other)));
            }
        }
        found
    }

    /// A full set is one of opdrachten, of a person, with an order of its own; going out it is one document.
    fn check_full_sets(&mut self, head: &Head) {
        let person = self.placed.iter().any(|placed| {
            let target = placed.target.as_deref().unwrap_or_default();
            target.starts_with("kandidaat/")
        });
        for kind in head.full() {
            let whole = head.per() == Per::Message || self.direction == Direction::In;
            if *kind == Kind::Opdracht && head.orders(*kind) && person && whole {
                continue;
            }
            self.report.error(
                "M123",
                &head.place,
                (
                    &format!("`{kind}` kan hier geen volledige set zijn."),
                    &format!("`{kind}` cannot be a full set here."),
                ),
                (
                    "Een volledige set is er van opdrachten van een persoon: noem met [moment] wanneer een opdracht geldt, vul iets van de kandidaat, en geef naar buiten `per = \"message\"`.",
                    "A full set is one of opdrachten of a person: name with [moment] from when one counts, fill something of the kandidaat, and going out give `per = \"message\"`.",
                ),
            );
        }
    }

    /// Whether two rules fill one attribute, write one place, or are about places that no document can have together.
    /// `others` are places that are no rule's, from the root.
    pub(super) fn check_places(&mut self, starts: Starts<'_>, others: &[Spot]) {
        self.check_targets();
        self.check_sources(starts);
        self.check_paths(starts, others);
    }

    fn check_targets(&mut self) {
        let mut seen: HashMap<(Option<usize>, &str), Vec<&Placed>> = HashMap::new();
        let mut twice = Vec::new();
        for placed in self.placed.iter().filter(|placed| placed.inward) {
            let Some(target) = &placed.target else {
                continue;
            };
            // Groups that share a list fill the same attributes, each of an item of its own.
            let others = seen.entry((placed.group, target)).or_default();
            let agrees =
                |other: &&Placed| other.shares && placed.shares || other.is_apart(placed, false);
            if others.iter().all(agrees) {
                others.push(placed);
            } else {
                twice.push((placed.span.clone(), target.clone()));
            }
        }
        for (span, target) in twice {
            let target = target.replace("/*", "").replace('/', ".");
            self.report.error(
                "M022",
                &span,
                (
                    &format!("Twee regels vullen `{target}`."),
                    &format!("Two rules fill `{target}`."),
                ),
                (
                    "Haal er een weg, of geef elk een eigen `when`.",
                    "Remove one, or give each a `when` of its own.",
                ),
            );
        }
    }

    fn check_sources(&mut self, starts: Starts<'_>) {
        let mut seen: HashMap<String, Vec<&Placed>> = HashMap::new();
        let mut twice = Vec::new();
        for placed in self.placed.iter().filter(|placed| placed.outward) {
            for spot in &placed.spots {
                let others = seen.entry(spot.rooted(starts).key()).or_default();
                if others.iter().all(|other| other.is_apart(placed, true)) {
                    others.push(placed);
                } else {
                    twice.push((placed.span.clone(), spot.text.clone()));
                }
            }
        }
        for (span, source) in twice {
            self.report.error(
                "M023",
                &span,
                (
                    &format!("Twee regels schrijven `{source}`."),
                    &format!("Two rules write `{source}`."),
                ),
                (
                    "Haal er een weg, geef elk een eigen `when`, of geef er een `direction = \"in\"`.",
                    "Remove one, give each a `when` of its own, or give one `direction = \"in\"`.",
                ),
            );
        }
    }

    /// Whether the main record is filled, and what of it can stay empty that the schema requires.
    fn check_main(&mut self, head: &Head) {
        if self.direction == Direction::Out {
            return;
        }
        let main = head.main();
        let filled = |path: &str| {
            let path = format!("{main}/{path}");
            let mut rules = self.placed.iter().filter(|placed| placed.inward);
            rules.any(|placed| {
                let rest = placed.target.as_deref().unwrap_or_default();
                let rest = rest.strip_prefix(&path);
                // What is sure of an item says nothing of whether there is one.
                let within = |rest: &str| rest.is_empty() || rest.starts_with('/');
                placed.sure && rest.is_some_and(|rest| within(rest) && !rest.contains('*'))
            })
        };
        let prefix = format!("{main}/");
        let any = self.placed.iter().any(|placed| {
            placed.inward
                && placed
                    .target
                    .as_ref()
                    .is_some_and(|target| target.starts_with(&prefix))
        });
        if !any {
            self.report.error(
                "M038",
                &head.place,
                (
                    &format!("Geen regel vult iets van `{main}`."),
                    &format!("No rule fills anything of `{main}`."),
                ),
                (
                    "Voeg regels toe, of verander `main`.",
                    "Add rules, or change `main`.",
                ),
            );
        }
        if head.role(main) == RecordRole::Reference {
            return;
        }
        let open: Vec<&String> = self
            .schemas
            .required(main)
            .iter()
            .filter(|name| !self.schemas.fills_itself(main, name) && !filled(name))
            .collect();
        for name in open {
            self.report.warning(
                "M026",
                &head.place,
                (
                    &format!("`{main}.{name}` is verplicht, en kan met deze regels leeg blijven."),
                    &format!("`{main}.{name}` is required, and can stay empty with these rules."),
                ),
                (
                    "Geef de regel `required = true`, of een `default` of `const`.",
                    "Give the rule `required = true`, or a `default` or `const`.",
                ),
            );
        }
    }

    fn check_keys(&mut self, head: &Head) {
        if self.direction == Direction::Out {
            return;
        }
        let mut missing = Vec::new();
        for (kind, names) in head.keys() {
            for name in names {
                let path = format!("{kind}/{}", name.replace('.', "/"));
                let written = self.placed.iter().any(|placed| {
                    let target = placed.target.as_deref().unwrap_or_default();
                    let rest = target.strip_prefix(&*path);
                    placed.inward
                        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                if !written {
                    missing.push(format!("{kind}.{name}"));
                }
            }
        }
        for name in missing {
            self.report.error(
                "M025",
                &head.place,
                (
                    &format!("Geen regel vult `{name}`, dus het kan geen sleutel zijn."),
                    &format!("No rule fills `{name}`, so it cannot be a key."),
                ),
                (
                    "Voeg een regel toe, of haal het uit [key].",
                    "Add a rule, or remove it from [key].",
                ),
            );
        }
    }
}
