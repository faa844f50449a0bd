//! Row 7. Logs, traces and metrics.
