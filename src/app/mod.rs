//! Row 7. Composition: builds the gateway from its configuration, runs and stops it.
