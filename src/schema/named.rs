/// Things by the names of members. Both these and the members of a record are in the order of their names, so a search
/// goes on where the last one ended.
pub(super) struct Named<T>(Vec<(Box<str>, T)>);

impl<T> Named<T> {
    pub(super) fn new(things: impl IntoIterator<Item = (Box<str>, T)>) -> Self {
        let mut things: Vec<_> = things.into_iter().collect();
        things.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self(things)
    }

    /// Each of them with its name.
    pub(super) fn into_things(self) -> impl Iterator<Item = (Box<str>, T)> {
        self.0.into_iter()
    }

    /// What has a name; `from` is behind where the last one was found.
    pub(super) fn get(&self, name: &str, from: &mut usize) -> Option<&T> {
        let (before, after) = self.0.split_at_checked(*from)?;
        let has_it = |(known, _): &(Box<str>, T)| **known == *name;
        let found = match after.iter().position(has_it) {
            Some(index) => before.len() + index,
            None => before.iter().rposition(has_it)?,
        };
        *from = found + 1;
        self.0.get(found).map(|(_, thing)| thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_found_in_any_order() {
        let named = Named::new(["b", "a", "c"].map(|name| (name.into(), name)));
        let mut from = 0;
        for name in ["a", "b", "c", "a", "c"] {
            assert_eq!(named.get(name, &mut from), Some(&name));
        }
        assert_eq!(named.get("d", &mut from), None);
    }
}
