//! The codes of an attribute's list that no rule of a mapping can say.

use crate::canonical::Kind;
use crate::mapping::codec::Codec;
use crate::mapping::plan::Act;
use crate::schema::Schemas;
use crate::tools::subject::Walked;
use serde_json::Value as Json;

/// Most codes that are named.
const CODES_MAX: usize = 20;

/// Codes of a list that the code tables of an attribute have no text for: they neither come in nor go out.
pub(super) struct Lacking {
    /// The index of the first rule with such a table.
    pub rule: usize,
    /// The list.
    pub list: String,
    codes: Vec<String>,
}

impl Lacking {
    /// The codes, as many as can be named.
    pub(super) fn shown(&self) -> String {
        let shown = self.codes.iter().take(CODES_MAX).map(String::as_str);
        let mut shown = shown.collect::<Vec<_>>().join(", ");
        if self.codes.len() > CODES_MAX {
            shown.push_str(", …");
        }
        shown
    }
}

/// What the code tables of some rules lack, each attribute once: rules with a condition may share its codes.
pub(super) fn lacking(rules: &[Walked<'_>], schemas: &Schemas) -> Vec<Lacking> {
    let mut tables: Vec<(usize, (Kind, String), Vec<&str>)> = Vec::new();
    let mut others: Vec<(Kind, String)> = Vec::new();
    for (index, walked) in rules.iter().enumerate() {
        let Act::Field(field) = &walked.rule.act else {
            continue;
        };
        let Some(at) = walked.attribute(&field.target) else {
            continue;
        };
        let Codec::Table(table) = &field.codec else {
            others.push(at);
            continue;
        };
        let values = table.values().filter_map(Json::as_str);
        match tables.iter_mut().find(|(_, known, _)| *known == at) {
            Some((.., known)) => known.extend(values),
            None => tables.push((index, at, values.collect())),
        }
    }
    // A rule without a table says every code as it is.
    tables.retain(|(_, at, _)| !others.contains(at));
    let lack = |(rule, (kind, path), known): (usize, (Kind, String), Vec<&str>)| {
        let items = format!("{path}/*");
        let attribute = [items, path]
            .iter()
            .find_map(|path| schemas.attribute(kind, path))?;
        let list = schemas.code_list(attribute.code_list.as_deref()?)?;
        let codes = list.codes.iter().map(|code| &code.code);
        let codes: Vec<String> = codes
            .filter(|code| !known.contains(&code.as_str()))
            .cloned()
            .collect();
        (!codes.is_empty()).then(|| Lacking {
            rule,
            list: list.name.clone(),
            codes,
        })
    };
    tables.into_iter().filter_map(lack).collect()
}
