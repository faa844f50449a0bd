//! Row 5. The use cases, one file one verb.
