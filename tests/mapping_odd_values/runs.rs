//! Rows that are one record: which rows that are, and what a touch of one of them may be about.

use crate::fixtures::Fixture;
use crate::judge::Judge;
use crate::judge::Touch;
use crate::rules::folded;
use crate::rules::texts;
use crate::spots::Spot;
use crate::spots::get;
use crate::spots::row_of;
use crate::value::differs;
use schakel::document::Fault;
use schakel::document::Place;
use schakel::mapping::Element;
use std::collections::BTreeMap;

/// The headers by which rows of one record are known; none where each row is a record.
fn keys(fixture: &Fixture) -> Vec<String> {
    let keys = texts(fixture.rules.format.get("together"));
    keys.iter().map(|key| folded(key)).collect()
}

/// The digits of a date, in whichever order it is written.
pub(crate) fn digits(text: &str) -> Vec<char> {
    let mut digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    digits.sort_unstable();
    digits
}

pub(crate) fn has_runs(fixture: &Fixture) -> bool {
    !keys(fixture).is_empty()
}

impl Judge<'_> {
    /// The first row of the record that a row belongs to.
    fn run(&self, (sheet, row): (Option<&str>, u32)) -> Option<u32> {
        let elements = self.fixture.elements.iter();
        let firsts = elements.filter_map(|element| row_of(&element.place));
        let before = firsts.filter(|(own, first)| *own == sheet && *first <= row);
        before.map(|(_, first)| first).max()
    }

    /// Whether a spot is in a row of a record.
    pub(crate) fn is_in_run(&self, spot: &Spot, element: &Place) -> bool {
        let (Some(row), Some(place)) = (spot.row(), row_of(element)) else {
            return false;
        };
        has_runs(self.fixture) && row.0 == place.0 && self.run(row) == Some(place.1)
    }

    /// Whether a spot says which rows are one record.
    pub(crate) fn is_key(&self, spot: &Spot) -> bool {
        let keys = keys(self.fixture);
        let mut claims = self.fixture.rules.claims.iter();
        spot.row().is_some()
            && claims.any(|claim| {
                let named = |key: &String| claim.sources.contains(&vec![key.clone()]);
                claim.sources.contains(&spot.names) && keys.iter().any(named)
            })
    }

    /// Whether a fault is about a touch in another row of its record: where that says something else, or in its own row
    /// where something of an item stands now.
    pub(crate) fn is_about_run(&self, fault: &Fault, touch: &Touch<'_>) -> bool {
        let (spot, place) = (touch.spot, &fault.place);
        let (Some(row), Some(at)) = (spot.row(), row_of(place)) else {
            return false;
        };
        if !has_runs(self.fixture) || row.0 != at.0 || self.run(row) != self.run(at) {
            return false;
        }
        let same_column = self
            .direct(spot)
            .iter()
            .any(|claim| self.is_at(place, claim));
        let lacks = matches!(
            &*fault.code,
            "waarde.verplicht" | "groep.sleutel" | "groep.dubbel"
        );
        same_column || lacks && row == at || fault.code == "groep.dubbel"
    }

    /// What stands in the other rows of a record at the column of a spot: where it is empty one of these counts.
    pub(crate) fn said_in_run(&self, spot: &Spot) -> Vec<String> {
        let rows = spot
            .at
            .len()
            .checked_sub(2)
            .filter(|_| has_runs(self.fixture));
        let (Some(rows), Some((sheet, own))) = (rows, spot.row()) else {
            return Vec::new();
        };
        let run = self.run((sheet, own));
        let same = |row: &u32| *row != own && self.run((sheet, *row)) == run;
        let table = get(&self.fixture.document, &spot.at[..rows]);
        let last = u32::try_from(table.items().len()).expect("a small table");
        let numbers = (run.unwrap_or(own)..=last).filter(same);
        let cells = numbers.filter_map(|row| {
            let row = table
                .items()
                .get(usize::try_from(row).ok()?.checked_sub(1)?)?;
            row.items().get(spot.at[rows + 1])?.as_text()
        });
        cells.map(str::to_owned).collect()
    }

    /// A key that is touched: what is far from it stays as it is.
    pub(crate) fn regrouped(
        &mut self,
        old: &BTreeMap<String, &Element>,
        new: &BTreeMap<String, &Element>,
    ) {
        let touched: Vec<u32> = self
            .touches
            .iter()
            .filter_map(|touch| self.run(touch.spot.row()?))
            .collect();
        let firsts: Vec<u32> = old
            .values()
            .filter_map(|one| Some(row_of(&one.place)?.1))
            .collect();
        let near = |first: u32| {
            touched.iter().any(|touched| {
                let (low, high) = (first.min(*touched), first.max(*touched));
                firsts
                    .iter()
                    .filter(|one| (low..=high).contains(*one))
                    .count()
                    <= 2
            })
        };
        let returns = |one: &Element| one.faults.iter().any(|fault| fault.code == "rij.terug");
        for (place, before) in old {
            if row_of(&before.place).is_some_and(|(_, first)| near(first)) {
                continue;
            }
            match new.get(place) {
                Some(after) if returns(before) || returns(after) => {}
                Some(after) => {
                    if let Some(what) = differs(before, after) {
                        self.wrong(None, &format!("{place} changes: {what}"));
                    }
                }
                None => self.wrong(None, &format!("{place} is gone")),
            }
        }
    }
}
