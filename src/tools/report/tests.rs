use super::ELEMENTS_MAX;
use super::FAULTS_MAX;
use super::Outcome;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Place;

fn faults(count: usize) -> Vec<Fault> {
    let fault = || Fault::remark("x", Place::Whole, "nl", "en");
    (0..count).map(|_| fault()).collect()
}

fn numbers(outcome: &Outcome) -> Vec<usize> {
    outcome
        .elements()
        .iter()
        .map(|element| element.number)
        .collect()
}

#[test]
fn of_a_long_file_only_the_elements_with_findings_are_listed_and_all_are_counted() {
    let mut outcome = Outcome::default();
    for number in 1..=ELEMENTS_MAX {
        outcome.add(Place::Whole, faults(usize::from(number == 7)));
    }
    assert_eq!(outcome.elements().len(), ELEMENTS_MAX, "what fits is whole");
    assert_eq!(outcome.shortened(Lang::En), None);
    outcome.add(Place::Whole, faults(0));
    outcome.add(Place::Whole, faults(2));
    assert_eq!(numbers(&outcome), [7, ELEMENTS_MAX + 2]);
    let said = outcome.shortened(Lang::En).unwrap_or_default();
    assert!(said.contains("only those with findings"), "{said}");
    let tally = outcome.tally();
    assert_eq!(
        (tally.total, tally.taken, tally.remarked),
        (ELEMENTS_MAX + 2, ELEMENTS_MAX + 2, 2)
    );
}

#[test]
fn the_list_of_findings_ends_somewhere_and_says_how_many_are_not_in_it() {
    let mut outcome = Outcome::default();
    outcome.add(Place::Whole, faults(FAULTS_MAX));
    assert_eq!(outcome.shortened(Lang::Nl), None);
    outcome.add(Place::Whole, faults(3));
    outcome.add(Place::Whole, faults(1));
    assert_eq!(numbers(&outcome), [1]);
    let said = outcome.shortened(Lang::Nl).unwrap_or_default();
    assert!(said.starts_with("Nog 4 meldingen"), "{said}");

    let mut outcome = Outcome::default();
    outcome.lacks(faults(FAULTS_MAX - 1));
    outcome.lacks(faults(3));
    assert_eq!(outcome.unwritten().len(), FAULTS_MAX);
    assert_eq!(outcome.tally().unwritten, FAULTS_MAX + 2);
    let said = outcome.shortened(Lang::Nl).unwrap_or_default();
    assert!(said.starts_with("Nog 2 meldingen"), "{said}");
}
