//! Row 7. One TOML file and the environment.
