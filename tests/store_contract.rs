//! The contract of the store: what holds on `SQLite` holds on `PostgreSQL`, test by test.
//!
//! `PostgreSQL` is found at `SCHAKEL_TEST_POSTGRES`, else at `postgres://postgres@127.0.0.1:5432/postgres`. Each test
//! makes a database of its own there and drops it afterwards. Without a server the suite fails and says what to do.

#![allow(clippy::unwrap_used)]

#[path = "store_contract/callers.rs"]
mod callers;
#[path = "store_contract/deliveries.rs"]
mod deliveries;
#[path = "store_contract/fixture.rs"]
mod fixture;
#[path = "store_contract/intake.rs"]
mod intake;
#[path = "store_contract/place.rs"]
mod place;
#[path = "store_contract/postvak.rs"]
mod postvak;
#[path = "store_contract/proposals.rs"]
mod proposals;
#[path = "store_contract/reading.rs"]
mod reading;
#[path = "store_contract/upkeep.rs"]
mod upkeep;

/// Each test once on each database.
macro_rules! contract {
    ($($group:ident { $($name:ident)* })*) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::place::on_sqlite(crate::$group::$name).await;
                }
            )*)*
        }
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::place::on_postgres(crate::$group::$name).await;
                }
            )*)*
        }
    };
}

contract! {
    intake {
        what_is_committed_comes_back_as_it_was_written
        a_reference_is_looked_up_beside_an_intake_that_is_open
        nothing_is_visible_before_the_commit
        a_write_goes_through_only_when_nobody_wrote_since_its_turn
        a_write_waits_for_an_intake_that_holds_the_turn
        a_dropped_transaction_leaves_nothing
        a_reference_is_used_once_by_a_sender
        a_failed_write_cannot_be_committed
        a_version_is_written_once
        the_last_record_counts_and_known_keys_and_links_stay
        odd_texts_come_back_and_a_nul_is_refused_cleanly
        a_thousand_messages_go_in_one_batch
        intakes_wait_for_each_other_so_no_update_is_lost
        empty_lists_are_answered_with_empty_lists
        a_text_too_long_for_an_index_is_refused
        one_key_finds_the_rows_of_every_issuer
    }
    reading {
        another_organisation_sees_nothing
        messages_are_listed_newest_first_page_by_page
        deliveries_are_listed_newest_first_by_state_and_page
        a_recipient_is_told_of_no_delivery_before_its_ground_is_known_nor_of_a_withheld_one
        records_are_listed_by_kind_page_by_page
        versions_are_listed_newest_first
    }
    deliveries {
        the_outbox_gives_what_is_due_in_order_of_writing
        the_outbox_leaves_out_the_recipients_it_is_told_to
        publishing_is_marked_once
        a_push_that_failed_before_its_mark_stays_in_the_outbox
        what_was_published_goes_back_to_the_outbox_as_it_was_and_nothing_else_does
        what_went_on_before_it_was_marked_keeps_its_state_and_is_told_when
        a_push_is_claimed_by_one_worker
        a_push_is_claimed_also_when_its_row_is_just_being_marked
        a_push_is_settled_by_who_claimed_it_and_by_nobody_else
        a_claim_that_lapsed_counts_until_somebody_else_claims
        what_is_put_off_comes_no_sooner_than_was_planned
        a_settled_delivery_stays_settled
        a_retry_waits_and_what_was_last_sent_is_kept
        each_outcome_leads_to_its_state
        one_call_settles_a_delivery_once
        recovery_puts_back_what_got_stuck
        every_copy_waits_twice_as_long_and_the_oldest_go_first
        a_replay_starts_again_with_the_same_id
        a_replay_is_for_sender_recipient_or_operator
        figures_count_what_is_open
        what_came_back_from_the_broker_or_waits_for_its_next_attempt_is_not_unpublished
        a_thousand_deliveries_are_settled_in_one_call
    }
    postvak {
        leases_are_given_oldest_first_with_content
        a_lease_gives_what_fits_together_and_the_first_whatever_its_size
        a_lapsed_lease_is_given_again
        two_callers_never_share_a_delivery
        an_answer_is_done_once_and_again
        a_refusal_keeps_its_reason
        a_late_answer_counts_until_somebody_else_has_it
        what_was_leased_is_withheld_only_under_its_own_token
        an_answer_for_anothers_delivery_is_absent
        lapsed_once_too_often_is_parked
        a_verdict_answers_a_delivery_whatever_became_of_it_and_a_replay_forgets_it
    }
    proposals {
        a_proposal_is_settled_once_by_whoever_comes_first
        proposals_are_found_by_who_shares_a_case_with_the_proposer_newest_first
    }
    callers {
        a_key_is_added_found_used_and_revoked
        a_key_is_refused_twice
        a_webhook_is_set_replaced_and_removed
        a_webhook_is_dropped_only_as_it_was_set
        audit_is_kept_in_order
    }
    upkeep {
        the_schema_is_made_once_also_by_several_at_once
        a_database_without_a_schema_is_not_healthy
        a_newer_database_is_refused
        a_database_of_the_first_version_keeps_its_proposals
        a_closed_store_says_so
        abandoned_work_leaves_no_transaction_and_nothing_half_written
    }
}
