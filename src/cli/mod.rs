//! Row 7. The command line.
