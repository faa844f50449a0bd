//! Row 4. Signed webhooks (Standard Webhooks 1.0.0) to addresses that are allowed.
