//! Row 2. What the schemas under `schemas/` say about every field.
