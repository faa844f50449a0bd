//! What is sent in and must not come out anywhere but in a delivery: made-up people, unmistakable.

/// Test numbers that pass the elfproef and that no other test uses.
pub const BSNS: [&str; 4] = ["999984111", "999984123", "999984135", "999984147"];
/// The BSNs that are only ever given as one, in their own field; the others also stand where they do not belong (in
/// free text, as a reference), and what a record's own text says is kept as it is.
pub const SEALED_BSNS: [&str; 2] = [BSNS[0], BSNS[1]];
/// In the original bytes of a message and in no record: a remark that no mapping reads.
pub const ORIGINAL: &str = "IJsvogelmerk";
pub const NAME: &str = "Kwikstaartmerk";
pub const FIRST_NAME: &str = "Roodborstmerk";
pub const PHONE: &str = "0687654399";
pub const EMAIL: &str = "putter.merk@vogelmerk.example";
pub const POSTCODE: &str = "9876ZQ";
pub const STREET: &str = "Merelmerklaan";
pub const CLIENT: &str = "KLANTMERK-77";
pub const TEXT: &str = "Zwaluwmerk zingt";
pub const BIRTHDAY: &str = "19631127";
/// What stands where a key should.
pub const PASSWORD: &str = "Sleutelmerk5x9wachtwoord";

/// Everything to search for.
pub fn all() -> Vec<&'static str> {
    let others = [
        NAME, FIRST_NAME, PHONE, EMAIL, POSTCODE, STREET, CLIENT, TEXT, BIRTHDAY, PASSWORD,
        ORIGINAL,
    ];
    BSNS.into_iter().chain(others).collect()
}
