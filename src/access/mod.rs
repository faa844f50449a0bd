//! Row 5. Callers and what they may do: API keys per organisation, with scopes.
