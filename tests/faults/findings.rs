//! What was found wrong, by kind, as the suite counts it.

/// Faults by kind; each must stay empty.
#[derive(Debug, Default)]
pub struct Findings {
    pub lost: Vec<String>,
    pub doubled: Vec<String>,
    pub altered: Vec<String>,
    pub misdelivered: Vec<String>,
    pub other: Vec<String>,
}

impl Findings {
    /// Fails when there is anything at all.
    pub fn assert_none(&self) {
        let all = [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("altered", &self.altered),
            ("delivered to a wrong organisation", &self.misdelivered),
            ("other", &self.other),
        ];
        let text = all
            .iter()
            .filter(|(_, lines)| !lines.is_empty())
            .map(|(name, lines)| {
                let some: Vec<&str> = lines.iter().take(5).map(String::as_str).collect();
                format!("{name} {}:\n  {}", lines.len(), some.join("\n  "))
            })
            .collect::<Vec<_>>();
        assert!(text.is_empty(), "{}", text.join("\n"));
    }
}
