use crate::mapping::syntax::AND;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::tools::toml::inline;
use crate::tools::toml::same_table;

/// Which rule of the second file is which of the first: index by index.
pub(super) struct Pairs {
    /// For each rule of the second file, the one of the first.
    pub of_new: Vec<Option<usize>>,
    /// Those of the first that the second does not have.
    pub removed: Vec<usize>,
}

/// Pairs rules by what tells them apart: first those that are the same, then by name, source, target and condition
/// together, and then by ever less of it.
pub(super) fn pairs(old: &[&Table], new: &[&Table], by: &[&[&str]]) -> Pairs {
    let mut of_new: Vec<Option<usize>> = vec![None; new.len()];
    let mut free = vec![true; old.len()];
    let mut pass = |same: &dyn Fn(&Table, &Table) -> bool| {
        for (index, table) in new.iter().enumerate() {
            if of_new[index].is_some() {
                continue;
            }
            let found = (0..old.len()).find(|&other| free[other] && same(old[other], table));
            if let Some(found) = found {
                free[found] = false;
                of_new[index] = Some(found);
            }
        }
    };
    pass(&same_table);
    for keys in by {
        pass(&|one, other| {
            let mark = mark(one, keys);
            mark.is_some() && mark == self::mark(other, keys)
        });
    }
    let removed = (0..old.len()).filter(|&index| free[index]).collect();
    Pairs { of_new, removed }
}

impl Pairs {
    /// Indexes of the second file's rules that stand at another place among those that both have: the fewest that have
    /// to move.
    pub(super) fn moved(&self) -> Vec<usize> {
        let both: Vec<(usize, usize)> = self
            .of_new
            .iter()
            .enumerate()
            .filter_map(|(new, old)| Some((new, (*old)?)))
            .collect();
        let stays = rising(&both.iter().map(|(_, old)| *old).collect::<Vec<_>>());
        both.iter()
            .enumerate()
            .filter(|(index, _)| !stays.contains(index))
            .map(|(_, (new, _))| *new)
            .collect()
    }
}

/// Indexes of a longest rising part of a row of numbers.
fn rising(numbers: &[usize]) -> Vec<usize> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().enumerate() {
        let before = (0..index)
            .filter(|&other| numbers[other] < *number)
            .max_by_key(|&other| best[other].0);
        best.push((before.map_or(1, |other| best[other].0 + 1), before));
    }
    let mut at = (0..best.len()).max_by_key(|&index| (best[index].0, std::cmp::Reverse(index)));
    let mut found = Vec::new();
    while let Some(index) = at {
        found.push(index);
        at = best[index].1;
    }
    found.reverse();
    found
}

/// What some keys of a rule say together; nothing when it has none of them.
fn mark(table: &Table, keys: &[&str]) -> Option<Vec<Option<String>>> {
    let mark: Vec<Option<String>> = keys.iter().map(|key| table.get(key).map(inline)).collect();
    mark.iter().any(Option::is_some).then_some(mark)
}

/// What people call a rule: its name, or where it reads and what it fills.
pub(super) fn label(table: &Table) -> String {
    let text = |key: &str| match table.get(key).map(|item| &item.value) {
        Some(Toml::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let several = table.plain_texts("sources").map(|texts| texts.join(AND));
    let source = text("source").or(several.as_deref());
    let spread = table.plain_texts("targets").map(|texts| texts.join(AND));
    let target = text("target").or(spread.as_deref());
    match (text("name"), source, target) {
        (Some(name), ..) => name.to_owned(),
        (None, Some(source), Some(target)) => format!("{source} -> {target}"),
        (None, Some(one), None) | (None, None, Some(one)) => one.to_owned(),
        (None, None, None) => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::rising;

    #[test]
    fn the_fewest_move() {
        for (numbers, stays) in [
            (&[0, 1, 2][..], vec![0, 1, 2]),
            (&[2, 0, 1], vec![1, 2]),
            (&[1, 2, 0], vec![0, 1]),
            (&[], vec![]),
        ] {
            assert_eq!(rising(numbers), stays, "{numbers:?}");
        }
    }
}
