//! Row 6. The REST API.
