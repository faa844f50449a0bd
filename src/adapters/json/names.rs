use crate::document::Name;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The names of a file, each once: equal names are the same allocation, and have the same number.
///
/// Objects of a list mostly have the same members in the same order. So the name that came behind another the last time is
/// looked at first, which takes no hash.
#[derive(Default)]
pub(super) struct Names {
    all: Vec<Known>,
    numbers: HashMap<Name, usize, RandomState>,
    last: usize,
}

struct Known {
    name: Name,
    /// The number of the name that came behind it.
    next: usize,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            all: Vec::with_capacity(64),
            numbers: HashMap::with_capacity_and_hasher(64, RandomState::default()),
            last: 0,
        }
    }

    /// A name, and its number, which it gets here if it has none.
    pub(super) fn number(&mut self, text: &str) -> (usize, Name) {
        let next = self.all.get(self.last).map(|last| last.next);
        let is_it = |number: &usize| self.all.get(*number).is_some_and(|one| *one.name == *text);
        if let Some(number) = next.filter(is_it) {
            self.last = number;
            return (number, Name::clone(&self.all[number].name));
        }
        let number = self.numbers.get(text).copied().unwrap_or_else(|| {
            let (name, number) = (Name::from(text), self.all.len());
            self.numbers.insert(Name::clone(&name), number);
            self.all.push(Known { name, next: 0 });
            number
        });
        if let Some(last) = self.all.get_mut(self.last) {
            last.next = number;
        }
        self.last = number;
        (number, Name::clone(&self.all[number].name))
    }

    /// The name with a number.
    pub(super) fn name(&self, number: usize) -> Option<&Name> {
        self.all.get(number).map(|known| &known.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_have_one_number_in_whatever_order_they_come() {
        let mut names = Names::new();
        let numbers: Vec<usize> = ["a", "b", "c", "a", "b", "a", "a", "c", "", "b", ""]
            .map(|name| names.number(name).0)
            .into();
        assert_eq!(numbers, [0, 1, 2, 0, 1, 0, 0, 2, 3, 1, 3]);
        let all: Vec<&str> = (0..5)
            .filter_map(|number| names.name(number).map(|name| &**name))
            .collect();
        assert_eq!(all, ["a", "b", "c", ""]);
    }
}
