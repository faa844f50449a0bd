//! What a sender says that was, beside what it becomes.

use super::BSN;
use super::World;
use super::case;
use serde_json::Value;
use serde_json::json;

#[test]
fn what_was_is_compared_only_with_what_the_sender_said_itself() {
    let kandidaat = |attributes: &Value| {
        let mut message = json!({ "kandidaat": attributes });
        message["kandidaat"]["bsn"] = json!(BSN);
        message
    };
    let mail = |address: &str| json!({ "email": [address] });
    for (said_by, differs) in [
        (Some("gemeente"), true),
        (Some("aanbieder"), false),
        (None, false),
    ] {
        let mut world = World::new();
        world.taken("gemeente", 1_000, &case("V-1", "aanbieder"));
        if let Some(said_by) = said_by {
            let mut said = json!({"verwijzing": {"nummer": "V-1"}});
            said["kandidaat"] = mail("k@voorbeeld.nl");
            world.taken(said_by, 2_000, &said);
        }
        let mut change = world.element(&kandidaat(&mail("nieuw@voorbeeld.nl")));
        let was = world.element(&kandidaat(&mail("raad@voorbeeld.nl")));
        change.was = Some(Box::new(was));
        let outcome = world
            .send_element("gemeente", 3_000, &change)
            .unwrap_or_else(|faults| panic!("{said_by:?}: {faults:?}"));
        let told = outcome.remarks.iter().any(|code| code == "was.anders");
        assert_eq!(told, differs, "{said_by:?}: {:?}", outcome.remarks);
    }
}
