//! Row 7. `schakel demo`: the whole road with sample organisations, through the public API.
