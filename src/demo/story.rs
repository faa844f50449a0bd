use crate::demo::cast::AANBIEDER_A;
use crate::demo::cast::AANBIEDER_B;
use crate::demo::cast::GEMEENTE;
use crate::demo::cast::UWV;
use crate::demo::party::Answer;
use crate::demo::party::Mail;
use crate::demo::party::Party;
use crate::demo::party::StepError;
use crate::demo::party::expect;
use crate::demo::screen::Screen;
use crate::demo::tally::Tally;
use crate::mapping::Library;
use serde_json::Value;
use std::time::Duration;

const XML: &str = "application/xml";
const JSON: &str = "application/json";
const CSV_LATIN: &str = "text/csv; charset=windows-1252";
const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Row, column and code of a fault in the workbook.
type Cell = (u64, u64, &'static str);
/// The two rows of the workbook with one BSN: column C.
const CLASHES: [Cell; 2] = [(9, 3, "bsn.dubbel"), (10, 3, "bsn.dubbel")];
/// The row of the workbook without consent: column AI.
const NO_CONSENT: Cell = (18, 35, "kandidaat.geenToestemming");
/// Whom the verwijzing is about; its provider has no ground for the BSN.
const BSN_OF_THE_VERWIJZING: &str = "999990019";
/// The BSNs of who said no and of the two rows that clash.
const BSNS_FOR_NOBODY: [&str; 2] = ["999990172", "999990093"];
/// States of a delivery on its way to the postvak.
const UNDER_WAY: [&str; 3] = ["teVerzenden", "gepubliceerd", "wordtAangeboden"];

/// How long a delivery may take to reach the postvak.
const PATIENCE: Duration = Duration::from_secs(8);
/// Wait between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// The organisations at work, and what is counted on the way.
pub struct Story<'a> {
    /// The gemeente.
    pub gemeente: &'a Party,
    /// UWV.
    pub uwv: &'a Party,
    /// The provider that does the work.
    pub a: &'a Party,
    /// The provider that must see nothing.
    pub b: &'a Party,
    /// Where it is shown.
    pub screen: Screen,
    /// What is counted.
    pub tally: Tally,
}

impl<'a> Story<'a> {
    /// A story about four organisations.
    #[must_use]
    pub fn new(parties: &'a [Party; 4], screen: Screen) -> Self {
        let [gemeente, uwv, a, b] = parties;
        debug_assert_eq!(
            [gemeente.code, uwv.code, a.code, b.code],
            [GEMEENTE, UWV, AANBIEDER_A, AANBIEDER_B]
        );
        Self {
            gemeente,
            uwv,
            a,
            b,
            screen,
            tally: Tally::default(),
        }
    }

    /// Tells it. Every step is held to what it promises.
    pub async fn tell(&mut self) -> Result<(), StepError> {
        self.verwijzing().await?;
        self.workbook().await?;
        self.provider().await?;
        self.logboek().await?;
        self.received_back().await
    }

    async fn verwijzing(&mut self) -> Result<(), StepError> {
        self.screen.step(
            1,
            "De gemeente stuurt een verwijzing voor aanbieder A, in haar eigen StUF-achtige XML",
            "The gemeente pushes a verwijzing for provider A, in its own StUF-like XML",
        );
        let answer = self
            .push(
                self.gemeente,
                "verwijzing",
                XML,
                None,
                "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml",
            )
            .await?;
        count("verwijzing", &answer.body, "opgenomen", 1)?;
        let again = self
            .gemeente
            .push(
                "verwijzing",
                XML,
                None,
                file("gemeente-voorbeeldstad/voorbeelden/verwijzing.xml")?,
            )
            .await?;
        expect("the same verwijzing again", 202, &again)?;
        same(
            "the id of the same verwijzing again",
            &again.body["id"],
            &answer.body["id"],
        )?;
        self.screen.line(
            "Nog eens gestuurd: hetzelfde antwoord, niets dubbel.",
            "Sent once more: the same answer, nothing twice.",
        );
        Ok(())
    }

    async fn workbook(&mut self) -> Result<(), StepError> {
        self.screen.step(
            2,
            "UWV stuurt een Sonar-werkmap: 24 mensen, één zonder toestemming, twee rijen met hetzelfde BSN",
            "UWV pushes a Sonar workbook: 24 people, one without consent, two rows with the same BSN",
        );
        let answer = self
            .push(
                self.uwv,
                "sonar",
                EXCEL,
                Some("sonar-2024-03"),
                "uwv/voorbeelden/sonar.xlsx",
            )
            .await?;
        self.screen.faults(&answer.body);
        count("workbook", &answer.body, "totaal", 24)?;
        count("workbook", &answer.body, "geweigerd", 2)?;
        count("workbook", &answer.body, "opgenomen", 22)?;
        same_cells(
            "refused cells of the workbook",
            &cells(&answer.body, |fault| fault["ernst"] == "weigering"),
            &CLASHES,
        )?;
        same_cells(
            "cells of the workbook that say no",
            &cells(&answer.body, |fault| fault["code"] == NO_CONSENT.2),
            &[NO_CONSENT],
        )?;
        self.screen.line(
            "En een opdracht voor één van hen, als canonieke JSON.",
            "And an opdracht for one of them, as canonical JSON.",
        );
        let answer = self
            .push(
                self.uwv,
                "canoniek",
                JSON,
                None,
                "uwv/voorbeelden/opdracht.json",
            )
            .await?;
        count("opdracht", &answer.body, "opgenomen", 1)
    }

    async fn provider(&mut self) -> Result<(), StepError> {
        self.screen.step(
            3,
            "Aanbieder A haalt zijn werk op in zijn eigen JSON, bevestigt, en stuurt besluit en trajectplan",
            "Provider A pulls its work in its own JSON, confirms, and pushes besluit and trajectplan",
        );
        let mail = self.collect(self.a, 23).await?;
        let profiles = mail.iter().filter(|one| one.soort == "werkprofiel").count();
        same(
            "werkprofielen for provider A (no consent is no forwarding)",
            &profiles.into(),
            &21.into(),
        )?;
        self.show_first(
            &mail,
            "verwijzing",
            "Na: zoals aanbieder A het krijgt",
            "After: as provider A gets it",
        );
        self.show_first(
            &mail,
            "werkprofiel",
            "Na: een profiel uit de werkmap",
            "After: a profile from the workbook",
        );
        let no_bsn = mail
            .iter()
            .filter(|one| one.soort == "verwijzing")
            .all(|one| !holds(&one.content, BSN_OF_THE_VERWIJZING));
        same(
            "no BSN to a provider without a ground",
            &no_bsn.into(),
            &true.into(),
        )?;
        let nobody_else = BSNS_FOR_NOBODY
            .iter()
            .all(|bsn| mail.iter().all(|one| !holds(&one.content, bsn)));
        same(
            "nothing of who said no or could not be told apart",
            &nobody_else.into(),
            &true.into(),
        )?;
        for (soort, path) in [
            ("besluit", "aanbieder-a/voorbeelden/besluit.json"),
            (
                "opdrachtbevestiging",
                "aanbieder-a/voorbeelden/opdrachtbevestiging.json",
            ),
            ("trajectplan", "aanbieder-a/voorbeelden/trajectplan.json"),
        ] {
            let answer = self.push(self.a, soort, JSON, None, path).await?;
            self.screen.faults(&answer.body);
            count(soort, &answer.body, "opgenomen", 1)?;
        }
        Ok(())
    }

    async fn logboek(&mut self) -> Result<(), StepError> {
        self.screen.step(
            4,
            "Aanbieder A stuurt zijn logboek: CSV, Windows-1252, decimale komma, regels over meer regels",
            "Provider A pushes its logboek: CSV, Windows-1252, decimal comma, embedded newlines",
        );
        let answer = self
            .push(
                self.a,
                "logboek",
                CSV_LATIN,
                Some("logboek-2024-04"),
                "aanbieder-a/voorbeelden/logboek.csv",
            )
            .await?;
        self.screen.faults(&answer.body);
        count("logboek", &answer.body, "opgenomen", 8)
    }

    async fn received_back(&mut self) -> Result<(), StepError> {
        self.screen.step(
            5,
            "De gemeente krijgt besluit, trajectplan en het deelbare logboek in haar XML; UWV zijn uren als CSV",
            "The gemeente gets besluit, trajectplan and the shareable logboek in its XML; UWV its hours as CSV",
        );
        let mail = self.collect(self.gemeente, 3).await?;
        for soort in ["verwijzingBesluit", "trajectplan", "logboek"] {
            self.show_first(
                &mail,
                soort,
                "Na, bij de gemeente:",
                "After, at the gemeente:",
            );
            let there = mail
                .iter()
                .any(|one| one.soort == soort && one.content_type.contains("xml"));
            same(soort, &there.into(), &true.into())?;
        }
        let log = mail.iter().find(|one| one.soort == "logboek");
        let shared = log.is_some_and(|one| holds(&one.content, "Tempo geoefend"));
        let kept = log.is_some_and(|one| !holds(&one.content, "ik blijf"));
        same("the summary is shared", &shared.into(), &true.into())?;
        same(
            "the internal prose stays with the provider",
            &kept.into(),
            &true.into(),
        )?;
        let mail = self.collect(self.uwv, 2).await?;
        self.show_first(&mail, "logboek", "Na, bij UWV:", "After, at UWV:");
        let hours = mail.iter().find(|one| one.soort == "logboek");
        let rows = hours.map_or(0, |one| {
            String::from_utf8_lossy(&one.content).lines().count()
        });
        same(
            "hour lines for UWV (header and three within the period)",
            &rows.into(),
            &4.into(),
        )?;
        let nothing = self.b.fetch().await?;
        same(
            "deliveries for provider B",
            &nothing.len().into(),
            &0.into(),
        )?;
        self.screen.line(
            "Aanbieder B ziet hier niets van.",
            "Provider B sees nothing of it.",
        );
        Ok(())
    }

    /// Shows the road of a message as it goes on, until each of its deliveries waits for its recipient.
    async fn show_road(&self, party: &Party, id: &str) -> Result<(), StepError> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut stored = false;
        loop {
            let message = party.get(&format!("/v1/berichten/{id}")).await?;
            expect("the road of a message", 200, &message)?;
            let message = message.body;
            if !stored {
                let soort = message["soort"].as_str().unwrap_or_default();
                self.screen.road(party.name, soort, &message);
                stored = true;
            }
            let deliveries = message["afleveringen"].as_array().into_iter().flatten();
            let deliveries: Vec<&Value> = deliveries.collect();
            let under_way = |one: &&Value| UNDER_WAY.iter().any(|state| one["status"] == *state);
            if !deliveries.iter().any(under_way) {
                for (count, one) in grouped(&deliveries) {
                    self.show_delivery(count, one);
                }
                return Ok(());
            }
            if tokio::time::Instant::now() > until {
                return Err(StepError::Other {
                    what: "the road of a message".to_owned(),
                    expected: "deliveries that wait for their recipient".to_owned(),
                    got: "deliveries still under way".to_owned(),
                });
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The end of the road of what was confirmed, as its recipient sees it.
    async fn show_confirmed(&self, party: &Party, mail: &[Mail]) -> Result<(), StepError> {
        let mut told: Vec<(&Mail, usize)> = Vec::new();
        for one in mail {
            let same = |(known, _): &&mut (&Mail, usize)| {
                known.message == one.message && known.soort == one.soort
            };
            match told.iter_mut().find(same) {
                Some((_, count)) => *count += 1,
                None => told.push((one, 1)),
            }
        }
        for (one, count) in told {
            let delivery = party.get(&format!("/v1/postvak/{}", one.id)).await?;
            expect("the road of a delivery", 200, &delivery)?;
            same(
                "the state of a delivery",
                &delivery.body["status"],
                &"bevestigd".into(),
            )?;
            self.show_delivery(count, &delivery.body);
        }
        Ok(())
    }

    fn show_delivery(&self, count: usize, delivery: &Value) {
        let text = |name: &str| delivery[name].as_str().unwrap_or_default();
        self.screen
            .delivered(count, text("ontvanger"), text("soort"), delivery);
    }

    async fn push(
        &mut self,
        party: &'a Party,
        soort: &str,
        content_type: &str,
        reference: Option<&str>,
        path: &str,
    ) -> Result<Answer, StepError> {
        let body = file(path)?;
        self.screen.document(
            &format!("Voor: {}", party.name),
            &format!("Before: {}", party.name),
            body,
        );
        let answer = party.push(soort, content_type, reference, body).await?;
        expect(soort, 202, &answer)?;
        self.tally.pushed(content_type, body);
        if let Some(id) = answer.body["id"].as_str() {
            self.show_road(party, id).await?;
        }
        Ok(answer)
    }

    /// Fetches and confirms until as many deliveries came as there should be.
    async fn collect(&mut self, party: &Party, expected: usize) -> Result<Vec<Mail>, StepError> {
        let mut all: Vec<Mail> = Vec::new();
        let until = tokio::time::Instant::now() + PATIENCE;
        while all.len() < expected && tokio::time::Instant::now() < until {
            let mail = party.fetch().await?;
            if mail.is_empty() {
                tokio::time::sleep(LOOK).await;
            }
            party.confirm(&mail).await?;
            self.show_confirmed(party, &mail).await?;
            all.extend(mail);
        }
        for one in &all {
            self.tally.received(&one.content_type, &one.content);
        }
        same(
            &format!("deliveries for {}", party.code),
            &all.len().into(),
            &expected.into(),
        )?;
        Ok(all)
    }

    fn show_first(&self, mail: &[Mail], soort: &str, nl: &str, en: &str) {
        if let Some(one) = mail.iter().find(|one| one.soort == soort) {
            self.screen.document(nl, en, &one.content);
        }
    }
}

/// Deliveries that went the same way, told once: the first of them, and how many.
fn grouped<'v>(deliveries: &[&'v Value]) -> Vec<(usize, &'v Value)> {
    let mut told: Vec<(usize, &Value)> = Vec::new();
    for one in deliveries {
        let same = |(_, known): &&mut (usize, &Value)| {
            ["ontvanger", "soort", "status"]
                .iter()
                .all(|name| known[name] == one[name])
        };
        match told.iter_mut().find(same) {
            Some((count, _)) => *count += 1,
            None => told.push((1, one)),
        }
    }
    told
}

/// Row, column and code of the faults of an answer that fit, in order.
fn cells(body: &Value, fits: impl Fn(&Value) -> bool) -> Vec<(u64, u64, String)> {
    let elements = body["elementen"].as_array().into_iter().flatten();
    let faults = elements.flat_map(|element| element["fouten"].as_array().into_iter().flatten());
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    faults
        .filter(|fault| fits(fault))
        .map(|fault| {
            let code = fault["code"].as_str().unwrap_or_default().to_owned();
            (number(&fault["rij"]), number(&fault["kolom"]), code)
        })
        .collect()
}

fn same_cells(what: &str, got: &[(u64, u64, String)], expected: &[Cell]) -> Result<(), StepError> {
    let expected = expected.iter();
    let expected: Vec<(u64, u64, String)> = expected
        .map(|(row, column, code)| (*row, *column, (*code).to_owned()))
        .collect();
    if got == expected {
        return Ok(());
    }
    Err(StepError::Other {
        what: what.to_owned(),
        expected: format!("{expected:?}"),
        got: format!("{got:?}"),
    })
}

/// A shipped example file.
fn file(path: &str) -> Result<&'static [u8], StepError> {
    Library::shipped_file(path).ok_or_else(|| StepError::Other {
        what: path.to_owned(),
        expected: "an example file".to_owned(),
        got: "nothing".to_owned(),
    })
}

fn holds(content: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(content).contains(text)
}

fn count(what: &str, body: &Value, name: &str, expected: usize) -> Result<(), StepError> {
    same(&format!("{what}: {name}"), &body[name], &expected.into())
}

fn same(what: &str, got: &Value, expected: &Value) -> Result<(), StepError> {
    if got == expected {
        return Ok(());
    }
    Err(StepError::Other {
        what: what.to_owned(),
        expected: expected.to_string(),
        got: got.to_string(),
    })
}
