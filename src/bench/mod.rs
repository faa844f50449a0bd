//! Row 7. `schakel bench`: throughput and latency as ratios to baselines of the same run.
