//! Proposals: who finds them, and that each is settled once.

use crate::fixture::aanbieder;
use crate::fixture::at;
use crate::fixture::gemeente;
use crate::fixture::id;
use crate::fixture::link;
use crate::fixture::number;
use crate::fixture::org;
use crate::fixture::proposal;
use crate::fixture::write;
use crate::place::Place;
use schakel::canonical::OrgCode;
use schakel::store::Link;
use schakel::store::ProposalRow;
use schakel::store::ProposalState;
use schakel::store::Store;
use schakel::store::Writes;

async fn propose(store: &dyn Store, proposals: Vec<ProposalRow>) {
    let writes = Writes {
        proposals,
        ..Writes::default()
    };
    write(store, &writes).await;
}

fn settled(row: ProposalRow, state: ProposalState, seconds: i64) -> ProposalRow {
    ProposalRow {
        state,
        settled_at: Some(at(seconds)),
        settled_by: Some(gemeente()),
        ..row
    }
}

pub async fn a_proposal_is_settled_once_by_whoever_comes_first(place: Place) {
    let store = place.migrated().await;
    propose(&*store, vec![proposal(30, 8), proposal(31, 9)]).await;
    assert_eq!(store.proposal(id(30)).await.unwrap(), Some(proposal(30, 8)));
    assert_eq!(store.proposal(id(99)).await.unwrap(), None);

    let rejected = settled(proposal(30, 8), ProposalState::Rejected, 10);
    propose(&*store, vec![rejected.clone()]).await;
    assert_eq!(
        store.proposal(id(30)).await.unwrap(),
        Some(rejected.clone())
    );
    // Of two that settle both, what is settled already stays.
    let accepted = |row| settled(row, ProposalState::Accepted, 12);
    let both = vec![accepted(proposal(30, 8)), accepted(proposal(31, 9))];
    propose(&*store, both).await;
    let mut tx = store.begin_intake().await.unwrap();
    let found = tx.proposals(&[id(20), id(20), id(77)]).await.unwrap();
    assert_eq!(found, [rejected, accepted(proposal(31, 9))]);
    tx.commit().await.unwrap();
}

pub async fn proposals_are_found_by_who_shares_a_case_with_the_proposer_newest_first(place: Place) {
    let store = place.migrated().await;
    let other = org("aanbieder-b");
    let beside = |proposer: &OrgCode, number, kandidaat| ProposalRow {
        proposer: proposer.clone(),
        kandidaat: id(kandidaat),
        ..proposal(number, 8)
    };
    let writes = Writes {
        links: vec![
            link(50, 60),
            Link {
                uitvoerder: other.clone(),
                ..link(51, 61)
            },
        ],
        // ids not in order of writing
        proposals: vec![
            beside(&aanbieder(), 33, 50),
            beside(&aanbieder(), 31, 50),
            beside(&aanbieder(), 35, 51), // of another case of the gemeente
            beside(&gemeente(), 34, 50),
            settled(beside(&aanbieder(), 32, 50), ProposalState::Overtaken, 9),
            beside(&other, 36, 51),
        ],
        ..Writes::default()
    };
    write(&*store, &writes).await;
    let page = async |reader: &OrgCode, state, before: Option<u32>, limit| -> Vec<u32> {
        let found = store
            .proposals_beside(reader, state, before.map(id), limit)
            .await
            .unwrap();
        found.iter().map(|row| number(row.id)).collect()
    };
    let open = Some(ProposalState::Open);
    assert_eq!(page(&gemeente(), None, None, 9).await, [36, 32, 31, 33]);
    assert_eq!(page(&gemeente(), open, None, 9).await, [36, 31, 33]);
    assert_eq!(page(&gemeente(), None, Some(36), 2).await, [32, 31]);
    assert_eq!(page(&gemeente(), open, Some(32), 2).await, [31, 33]);
    assert_eq!(page(&aanbieder(), None, None, 9).await, [34]);
    for (reader, before) in [
        (&gemeente(), Some(34)), // its own
        (&gemeente(), Some(35)),
        (&gemeente(), Some(99)),
        (&other, None),
        (&org("uwv"), None),
    ] {
        let found = page(reader, None, before, 9).await;
        assert_eq!(found, [0_u32; 0], "{reader} {before:?}");
    }
}
