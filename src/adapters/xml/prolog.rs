//! Declarations, processing instructions and comments: nothing of them is kept, but they must be right.

use super::attributes::Attributes;
use super::chars::is_ncname;
use super::read::Decoder;
use crate::adapters::error::Refused;

impl Decoder<'_, '_> {
    pub(super) fn declaration(&self, raw: &str, offset: usize) -> Result<(), Refused> {
        let body = &raw[5..raw.len() - 2];
        let mut names = Vec::new();
        let mut attributes = Attributes::new(body, 0, body.len());
        for attribute in &mut attributes {
            let attribute = attribute.map_err(|_| self.refuse_syntax(offset))?;
            let good = match attribute.qname {
                "version" => attribute.value.starts_with("1."),
                "encoding" => true,
                "standalone" => matches!(&*attribute.value, "yes" | "no"),
                _ => false,
            };
            if !good {
                return Err(self.refuse_syntax(offset));
            }
            names.push(attribute.qname);
        }
        let ordered = matches!(
            names[..],
            ["version"]
                | ["version", "encoding" | "standalone"]
                | ["version", "encoding", "standalone"]
        );
        let whole = attributes.position() == body.len();
        if offset != 0 || !ordered || !whole {
            return Err(self.refuse_syntax(offset));
        }
        Ok(())
    }

    pub(super) fn instruction(&self, raw: &str, offset: usize) -> Result<(), Refused> {
        let content = &raw[2..raw.len() - 2];
        let target = content
            .split(|c: char| c.is_ascii_whitespace())
            .next()
            .unwrap_or_default();
        if !is_ncname(target) || target.eq_ignore_ascii_case("xml") {
            return Err(self.refuse_syntax(offset));
        }
        Ok(())
    }

    pub(super) fn comment(&self, raw: &str, offset: usize) -> Result<(), Refused> {
        let content = &raw[4..raw.len() - 3];
        if content.contains("--") || content.ends_with('-') {
            return Err(self.refuse_syntax(offset));
        }
        Ok(())
    }
}
