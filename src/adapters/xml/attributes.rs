use super::chars::BadReference;
use super::chars::is_space;
use super::chars::resolve;
use std::borrow::Cow;

/// One attribute as it stands in a start tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) qname: &'a str,
    /// Where its name starts, in bytes from the start of the tag.
    pub(super) offset: usize,
    pub(super) value: Cow<'a, str>,
}

impl<'a> Attribute<'a> {
    /// The prefix that it declares, if it is a declaration; of the default namespace that is nothing.
    pub(super) fn declares(&self) -> Option<&'a str> {
        match self.qname.strip_prefix("xmlns")? {
            "" => Some(""),
            rest => rest.strip_prefix(':'),
        }
    }
}

/// What is wrong in a tag, and how many bytes from its start.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadTag {
    pub(super) offset: usize,
    pub(super) reference: Option<BadReference>,
}

/// Walks over the attributes of a tag, up to its `>` or `/>`.
pub(super) struct Attributes<'a> {
    tag: &'a str,
    position: usize,
}

impl<'a> Attributes<'a> {
    /// `tag` starts where the tag does; its attributes start at `from`, right after the name, and end at `to` at the latest.
    pub(super) fn new(tag: &'a str, from: usize, to: usize) -> Self {
        Self {
            tag: &tag[..to],
            position: from,
        }
    }

    /// Where it stands: after the last attribute, at what ends the tag.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    fn spaces(&mut self) -> usize {
        let rest = &self.tag.as_bytes()[self.position..];
        let count = rest.iter().take_while(|byte| is_space(**byte)).count();
        self.position += count;
        count
    }

    fn bad(&self) -> BadTag {
        BadTag {
            offset: self.position,
            reference: None,
        }
    }

    fn read(&mut self) -> Result<Option<Attribute<'a>>, BadTag> {
        let spaces = self.spaces();
        let bytes = self.tag.as_bytes();
        match bytes.get(self.position..) {
            None | Some([] | [b'>', ..] | [b'/', b'>', ..]) => return Ok(None),
            _ => {}
        }
        if spaces == 0 {
            return Err(self.bad());
        }
        let offset = self.position;
        let length = bytes[offset..]
            .iter()
            .take_while(|byte| {
                !is_space(**byte) && !matches!(byte, b'=' | b'"' | b'\'' | b'<' | b'>')
            })
            .count();
        self.position += length;
        let qname = &self.tag[offset..self.position];
        self.spaces();
        if qname.is_empty() || bytes.get(self.position) != Some(&b'=') {
            return Err(self.bad());
        }
        self.position += 1;
        self.spaces();
        let quote = match bytes.get(self.position) {
            Some(quote @ (b'"' | b'\'')) => *quote,
            _ => return Err(self.bad()),
        };
        let start = self.position + 1;
        let plain = plain(&bytes[start..]);
        let value = if bytes.get(start + plain) == Some(&quote) {
            self.position = start + plain + 1;
            Cow::Borrowed(&self.tag[start..start + plain])
        } else {
            let end = match self.tag[start..].find(char::from(quote)) {
                Some(found) => start + found,
                None => return Err(self.bad()),
            };
            self.position = end + 1;
            value(&self.tag[start..end]).map_err(|bad| BadTag {
                offset: start + bad.offset,
                ..bad
            })?
        };
        Ok(Some(Attribute {
            qname,
            offset,
            value,
        }))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, BadTag>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// How many bytes of a value are what they seem: up to a quote, white space that is no space, or a reference.
fn plain(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b'"' | b'\'' | b'&' | b'<' | b'\t' | b'\r' | b'\n');
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// XML 1.0, 3.3.3: references replaced, each white space character a space.
fn value(raw: &str) -> Result<Cow<'_, str>, BadTag> {
    let special = |byte: u8| matches!(byte, b'&' | b'<' | b'\t' | b'\r' | b'\n');
    if !raw.bytes().any(special) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(found) = rest.find(['&', '<', '\t', '\r', '\n']) {
        let offset = raw.len() - rest.len() + found;
        let bad = |reference| BadTag { offset, reference };
        text.push_str(&rest[..found]);
        let after = &rest[found + 1..];
        rest = after;
        match raw.as_bytes()[offset] {
            b'<' => return Err(bad(None)),
            b'&' => {
                let end = after
                    .find(';')
                    .ok_or_else(|| bad(Some(BadReference::Syntax)))?;
                text.push(resolve(&after[..end]).map_err(|reference| bad(Some(reference)))?);
                rest = &after[end + 1..];
            }
            b'\r' if after.starts_with('\n') => {}
            _ => text.push(' '),
        }
    }
    text.push_str(rest);
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(tag: &str) -> Result<Vec<(&str, String)>, usize> {
        Attributes::new(tag, 2, tag.len() - 1)
            .map(|attribute| attribute.map(|a| (a.qname, a.value.into_owned())))
            .collect::<Result<_, _>>()
            .map_err(|bad| bad.offset)
    }

    #[test]
    fn attributes_are_read_and_normalised() {
        assert_eq!(all("<a>"), Ok(vec![]));
        assert_eq!(all("<a >"), Ok(vec![]));
        assert_eq!(
            all("<a b='1'\n c = \"x > 'y'\" x:d='&lt;\r\n&#10;\té'>"),
            Ok(vec![
                ("b", "1".to_owned()),
                ("c", "x > 'y'".to_owned()),
                ("x:d", "< \n é".to_owned()),
            ])
        );
    }

    #[test]
    fn what_is_not_an_attribute_is_refused_at_its_place() {
        for (tag, offset) in [
            ("<a b>", 4),
            ("<a b=1>", 5),
            ("<a b='1'c='2'>", 8),
            ("<a b='<'>", 6),
            ("<a b='x&y'>", 7),
            ("<a b='&x;'>", 6),
            ("<a ='1'>", 3),
            ("<a b='1\">", 5),
        ] {
            assert_eq!(all(tag), Err(offset), "{tag}");
        }
    }
}
