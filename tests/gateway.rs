//! The gateway as one whole, seen from outside: the API, with a clock that the test moves where time matters.
//!
//! Each test has a gateway and a database of its own. Those about what the store must keep run on both stores;
//! `PostgreSQL` is found as in `tests/store_contract.rs`.

#![allow(clippy::unwrap_used)] // a test may stop

#[path = "gateway/caller.rs"]
mod caller;
#[path = "gateway/cast.rs"]
mod cast;
#[path = "gateway/claims.rs"]
mod claims;
#[path = "gateway/files.rs"]
mod files;
#[path = "gateway/full_set.rs"]
mod full_set;
#[path = "gateway/grounds.rs"]
mod grounds;
#[path = "gateway/hang_up.rs"]
mod hang_up;
#[path = "gateway/house.rs"]
mod house;
#[path = "gateway/kennisgevingen.rs"]
mod kennisgevingen;
#[path = "gateway/letters.rs"]
mod letters;
#[allow(dead_code)]
#[path = "canary/outside.rs"]
mod outside;
#[allow(dead_code)]
#[path = "store_contract/place.rs"]
mod place;
#[path = "gateway/postvak.rs"]
mod postvak;
#[path = "gateway/proposals.rs"]
mod proposals;
#[path = "gateway/references.rs"]
mod references;
#[path = "gateway/reports.rs"]
mod reports;
#[path = "gateway/restart.rs"]
mod restart;
#[path = "gateway/retour.rs"]
mod retour;
#[path = "gateway/stuf.rs"]
mod stuf;
#[path = "gateway/toewijzing.rs"]
mod toewijzing;
#[path = "gateway/webhook.rs"]
mod webhook;

/// Each test on `SQLite`; those of `both` on `PostgreSQL` as well.
macro_rules! tests {
    (both { $($group:ident::$name:ident)* } sqlite { $($one:ident::$single:ident)* }) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::place::on_sqlite(crate::$group::$name).await;
                }
            )*
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $single() {
                    crate::place::on_sqlite(crate::$one::$single).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::place::on_postgres(crate::$group::$name).await;
                }
            )*
        }
    };
}

tests! {
    both {
        hang_up::a_hundred_clients_that_hang_up_leave_no_transaction_and_nothing_half
        hang_up::clients_that_hang_up_in_the_middle_of_a_transaction_leave_none_open
        references::a_late_older_message_is_kept_as_history_and_does_not_overwrite
        postvak::a_lease_that_lapses_gives_the_delivery_to_who_asks_next
        restart::what_was_under_way_when_the_gateway_went_away_is_delivered_after_it_starts_again
        grounds::when_the_agreement_ends_what_waits_is_withheld
        grounds::a_narrower_agreement_counts_for_what_waits_too
        grounds::consent_taken_back_stops_what_was_not_handed_over_yet
        grounds::why_a_third_organisation_holds_a_delivery_back_is_not_told_to_its_sender
        files::a_longer_logboek_sent_again_adds_only_the_new_rows
        reports::a_loonwaarde_goes_to_the_opdrachtgever_who_establishes_it
        proposals::an_owner_sees_what_is_proposed_and_accepts_it_by_saying_it
        proposals::a_proposal_is_rejected_once_and_a_new_one_is_overtaken_by_another_value
        proposals::a_proposal_is_seen_as_far_as_its_value_would_be_delivered
        kennisgevingen::a_change_takes_what_it_becomes_and_compares_what_it_was
        kennisgevingen::asking_what_was_does_not_tell_what_others_said
        kennisgevingen::two_people_who_turn_out_to_be_one_are_kept_for_somebody_to_look_at
        stuf::a_message_in_stuf_is_acknowledged_in_stuf_and_again_with_the_same_bytes
        stuf::a_refusal_in_stuf_has_the_code_of_the_first_check_and_names_every_fault
        stuf::what_stuf_cannot_say_by_its_content_alone_is_said_too
        stuf::a_message_in_an_envelope_is_answered_in_stuf_and_its_retour_waits
        claims::a_request_reaches_the_municipality_and_its_answer_comes_back
        claims::a_change_of_several_products_reaches_the_municipality_as_one_request
        claims::a_change_of_an_assignment_without_a_number_waits_until_it_has_one
        claims::a_claim_is_answered_line_by_line
        claims::no_answer_tells_whether_others_know_a_person
        full_set::what_a_later_set_no_longer_holds_is_withdrawn_and_the_provider_hears_it
        full_set::an_older_set_that_comes_late_withdraws_nothing
        full_set::what_is_refused_over_or_named_elsewhere_is_not_withdrawn
        full_set::of_an_assignment_only_the_end_the_volume_and_the_budget_change
        toewijzing::toewijzingen_reach_a_provider_that_speaks_the_same_format
        toewijzing::the_latest_moment_of_assignment_counts_whatever_came_last
        toewijzing::the_retour_names_what_was_refused_and_stays_the_same
        toewijzing::the_municipality_hears_in_its_format_that_it_began_and_ended
        toewijzing::a_start_without_a_number_means_the_one_assignment_that_fits_and_a_removal_a_correction
        retour::what_a_receiver_rejects_is_seen_by_the_sender_of_the_message
        retour::a_retour_may_reject_a_person_or_the_whole
        retour::a_retour_to_what_is_not_the_sender_s_tells_nothing
    }
    sqlite {
        references::the_same_content_under_a_reference_gets_the_same_answer_and_other_content_a_conflict
        postvak::a_refused_delivery_is_seen_by_its_sender_and_comes_again_after_a_replay
        postvak::a_collector_gets_no_more_at_a_time_than_is_configured
        postvak::somebody_elses_message_and_one_that_does_not_exist_give_the_same_answer
        webhook::a_failing_webhook_is_tried_on_schedule_parked_and_replayed_under_the_same_id
        webhook::a_push_that_waits_for_its_next_attempt_stops_when_consent_is_taken_back
        webhook::a_backlog_for_a_webhook_that_is_slow_leaves_the_gateway_ready
        webhook::what_waits_for_a_webhook_at_a_stop_goes_on_at_once_after_the_start_with_rabbitmq
        webhook::a_redirect_is_a_failure_and_is_not_followed
        grounds::of_a_file_about_two_people_only_what_is_about_the_one_who_said_no_stays_behind
        grounds::without_an_agreement_nothing_leaves
        grounds::without_consent_a_kandidaat_is_kept_and_goes_to_nobody
        files::one_bad_row_never_stops_a_file
        reports::a_rapportage_goes_to_the_opdrachtgever_who_approves_it
        reports::a_loonwaarde_that_does_not_add_up_is_taken_and_its_sender_told
        reports::the_plan_and_the_end_report_of_werkfit_reach_uwv
        reports::a_caseload_names_the_coach_of_the_opdrachten_that_are_known
    }
}
