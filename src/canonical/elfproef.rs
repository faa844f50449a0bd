/// The check on a BSN: nine digits, weights 9, 8, 7, 6, 5, 4, 3, 2 and -1, sum divisible by 11, not all zero.
/// Source: Logisch Ontwerp BSN; `RSIN` follows the same rule.
#[must_use]
pub fn elfproef(digits: &str) -> bool {
    const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    if digits.len() != WEIGHTS.len() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: i32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| i32::from(digit - b'0') * weight)
        .sum();
    sum % 11 == 0 && digits != "000000000"
}

#[cfg(test)]
mod tests {
    use super::elfproef;

    #[test]
    fn test_numbers_pass_and_near_misses_do_not() {
        for bsn in [
            "999990019",
            "999993653",
            "123456782",
            "111222333",
            "799890005",
            "009999905",
        ] {
            assert!(elfproef(bsn), "{bsn}");
        }
        for bsn in [
            "123456789",
            "000000000",
            "12345678",
            "1234567820",
            "12345678a",
            "",
        ] {
            assert!(!elfproef(bsn), "{bsn}");
        }
    }
}
