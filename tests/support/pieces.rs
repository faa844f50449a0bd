//! What reading in pieces is held against: reading at once.

use proptest::prelude::*;
use schakel::mapping::Decoded;

/// Whether blocks say what the whole says: the same faults, and the same elements with the places of their values.
pub fn assert_same(blocks: &Decoded, whole: &Decoded) -> Result<(), TestCaseError> {
    prop_assert_eq!(&blocks.faults, &whole.faults);
    prop_assert_eq!(blocks.elements.len(), whole.elements.len());
    for (one, other) in blocks.elements.iter().zip(&whole.elements) {
        prop_assert_eq!(&one.place, &other.place);
        prop_assert!(one.bundle == other.bundle);
        prop_assert_eq!(&one.faults, &other.faults);
        prop_assert_eq!(&one.origins, &other.origins);
    }
    Ok(())
}
