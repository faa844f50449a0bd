//! Why a delivery does not go out, where the recipient's own mapping is the reason, or nothing is left to send.

use super::Gateway;
use super::id;
use super::org;
use schakel::broker::InProcessBroker;
use schakel::mapping::Library;
use schakel::schema::Schemas;
use schakel::store::Delivery;
use schakel::store::DeliveryState;
use schakel::store::Writes;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// A mapping that writes verwijzingen as CSV in Windows-1252, of which the last rule must write something.
fn mapping(code: &str, header: &str, target: &str) -> (String, String) {
    let text = format!(
        r#"
[mapping]
organisatie = "{code}"
soort       = "verwijzing"
titel       = "Verwijzing als CSV"
status      = "proef"
direction   = "out"
format      = "csv"
main        = "verwijzing"
delivers    = "verwijzing"

[csv]
encoding = "windows-1252"

[[rule]]
source = "nummer"
target = "verwijzing.nummer"

[[rule]]
source   = "{header}"
target   = "{target}"
required = true
"#
    );
    (format!("{code}/verwijzing.toml"), text)
}

/// A mapping that writes verwijzingen as XML, and an attribute of its own where why there is no value has it too: an
/// element cannot have it twice.
const NO_XML: &str = r#"
[mapping]
organisatie = "kent-niets"
soort       = "verwijzing"
titel       = "Verwijzing als XML"
status      = "proef"
direction   = "out"
format      = "xml"
main        = "verwijzing"
delivers    = "verwijzing"

[xml]
root       = "v:verwijzing"
namespaces = { v = "urn:v" }
nil        = "v:reden"

[[rule]]
source = "v:nummer"
target = "verwijzing.nummer"

[[rule]]
source = "v:doel"
target = "verwijzing.doel"

[[rule]]
source = "v:doel/@v:reden"
const  = "geen"
"#;

async fn gateway() -> Gateway {
    let schemas = Schemas::embedded().expect("the schemas");
    let mut files = Library::shipped_files();
    files.push(mapping("eist-meer", "ander", "verwijzing.doel"));
    files.push(mapping("kent-minder", "ander", "bericht.id"));
    files.push(("kent-niets/verwijzing.toml".to_owned(), NO_XML.to_owned()));
    let library = Library::compile(&files, &schemas).expect("they compile");
    let gateway = Gateway::of(Arc::new(InProcessBroker::default()), library).await;
    for code in ["eist-meer", "kent-minder", "kent-niets"] {
        gateway.organisation(code).await;
    }
    gateway
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_recipient_s_format_cannot_say_is_parked_and_says_why() {
    let gateway = gateway().await;
    for (number, code, nummer) in [
        (1, "eist-meer", "V-1"),
        (2, "kent-minder", "V-2 ń"),
        (3, "kent-niets", "V-3 é"),
    ] {
        let why = json!({"/doel": "geenWaarde"});
        let doc = json!({"nummer": nummer, "kandidaat": id(number + 20_000), "waardeStatus": why});
        gateway.write(number, code, &doc.to_string()).await;
    }
    gateway.deliver(1..=3).await;
    for (number, state, reason) in [
        (1, DeliveryState::Parked, Some("mapping.onvolledig")),
        // a value that cannot be written is left out
        (2, DeliveryState::Ready, None),
        (3, DeliveryState::Parked, Some("formaat.onmogelijk")),
    ] {
        let found = gateway.one(number).await;
        assert_eq!((found.state, found.reason.as_deref()), (state, reason));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_delivery_of_records_that_are_gone_nothing_goes_out() {
    let gateway = gateway().await;
    gateway.delivery(1, "kent-minder").await;
    let found = gateway.one(1).await;
    for (number, records) in [(2, vec![]), (3, vec![Uuid::from_u128(7)])] {
        let delivery = Delivery {
            id: id(number),
            recipient: org("kent-minder"),
            records,
            ..found.clone()
        };
        gateway
            .keep(&Writes {
                deliveries: vec![delivery],
                ..Writes::default()
            })
            .await;
    }
    gateway.deliver(1..=3).await;
    assert_eq!(gateway.one(1).await.state, DeliveryState::Ready);
    for number in 2..=3 {
        let found = gateway.one(number).await;
        assert_eq!(
            (found.state, found.reason.as_deref()),
            (DeliveryState::Withheld, Some("record.afwezig"))
        );
    }
}
