use crate::document::Ends;

/// Things by the names of members. Both these and the members of a record are in the order of their names, so a search
/// goes on where the last one ended.
pub(super) struct Named<T> {
    /// Apart from the things, which take far more room.
    names: Box<[(Ends, Box<str>)]>,
    things: Box<[T]>,
}

impl<T> Named<T> {
    pub(super) fn new(things: impl IntoIterator<Item = (Box<str>, T)>) -> Self {
        let mut all: Vec<_> = things.into_iter().collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        let all = all.into_iter();
        let (names, things): (Vec<_>, Vec<T>) =
            (all.map(|(name, thing)| ((Ends::of(&name), name), thing))).unzip();
        Self {
            names: names.into(),
            things: things.into(),
        }
    }

    /// Each of them with its name.
    pub(super) fn into_things(self) -> impl Iterator<Item = (Box<str>, T)> {
        let names = self.names.into_vec().into_iter().map(|(_, name)| name);
        names.zip(self.things.into_vec())
    }

    /// What has a name; `from` is behind where the last one was found.
    pub(super) fn get(&self, name: &str, from: &mut usize) -> Option<&T> {
        let (before, after) = self.names.split_at_checked(*from)?;
        let ends = Ends::of(name);
        let has_it = |(known, other): &(Ends, Box<str>)| *known == ends && ends.are_of(other, name);
        let found = match after.iter().position(has_it) {
            Some(index) => before.len() + index,
            None => before.iter().rposition(has_it)?,
        };
        *from = found + 1;
        self.things.get(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_found_in_any_order() {
        let names = [
            "b",
            "a",
            "c",
            "gewensteStart",
            "gewensteFunctie",
            "gewenste",
        ];
        let things = Named::new(names.map(|name| (name.into(), name)));
        let mut from = 0;
        let sorted = [
            "a",
            "b",
            "c",
            "gewenste",
            "gewensteFunctie",
            "gewensteStart",
        ];
        let back = sorted.iter().rev();
        for name in names.iter().chain(&sorted).chain(back).chain(&["a", "a"]) {
            assert_eq!(things.get(name, &mut from), Some(name));
        }
        for name in ["", "d", "gewensteS", "z"] {
            assert_eq!(things.get(name, &mut from), None);
        }
    }
}
