//! Row 2. Adapters: bytes in, a document with places out, and back. Pure, strict and capped.
