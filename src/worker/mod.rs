//! Row 6. The loops: relay, deliver, recover.
