use crate::schema::named::Named;
use std::collections::BTreeMap;

/// Things by the paths of attributes, to come by them in one walk over a record.
pub(crate) struct Tree<T> {
    what: Option<T>,
    /// The parts by name; the items of a list are `*`.
    parts: Named<Self>,
}

/// The tree while it grows.
struct Growing<'a, T> {
    what: Option<T>,
    parts: BTreeMap<&'a str, Self>,
}

impl<T> Tree<T> {
    /// A tree of paths as attributes have them, `doelen/*/nr`.
    pub(crate) fn of<'a>(paths: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let mut root = Growing::new();
        for (path, what) in paths {
            let mut at = &mut root;
            for step in path.split('/') {
                at = at.parts.entry(step).or_insert_with(Growing::new);
            }
            at.what = Some(what);
        }
        root.grown()
    }

    /// Its parts, by name.
    pub(crate) fn into_parts(self) -> impl Iterator<Item = (Box<str>, Self)> {
        self.parts.into_things()
    }

    /// What is at the path that leads here.
    pub(crate) const fn what(&self) -> Option<&T> {
        self.what.as_ref()
    }

    /// The part with a name; `from` is behind where the last one was found, first 0.
    pub(crate) fn part(&self, name: &str, from: &mut usize) -> Option<&Self> {
        self.parts.get(name, from)
    }
}

impl<T> Growing<'_, T> {
    const fn new() -> Self {
        Self {
            what: None,
            parts: BTreeMap::new(),
        }
    }

    fn grown(self) -> Tree<T> {
        let parts = self.parts.into_iter();
        Tree {
            what: self.what,
            parts: Named::new(parts.map(|(name, part)| (name.into(), part.grown()))),
        }
    }
}
