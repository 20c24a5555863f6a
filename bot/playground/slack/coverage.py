"""What of Slack is emulated, and the test that shows each part. A test holds this list equal to what is served."""

from dataclasses import dataclass
from typing import Literal

Part = Literal["method", "event", "interaction", "transport", "route", "control"]


@dataclass(frozen=True, slots=True)
class Covered:
    """One emulated part. `test` is a file under tests/ and a function in it."""

    part: Part
    name: str
    test: str


_CALLS = "contract/test_slack_emulator_calls.py::"
_FORMS = "contract/test_slack_emulator_forms.py::"
_TAPS = "contract/test_slack_emulator_taps.py::"
_SOCKET = "contract/test_slack_emulator_socket.py::"
_HTTP = "contract/test_slack_emulator_http.py::"
_CONTROL = "contract/test_slack_emulator_control.py::"

COVERAGE: tuple[Covered, ...] = (
    Covered("method", "apps.connections.open", _SOCKET + "test_a_ticket_opens_one_connection_only"),
    Covered("method", "auth.test", _CALLS + "test_auth_test_says_who_the_bot_is"),
    Covered("method", "bots.info", _CALLS + "test_the_bot_tells_of_which_app_it_is"),
    Covered("method", "chat.delete", _CALLS + "test_a_message_is_posted_updated_and_deleted"),
    Covered(
        "method",
        "chat.postEphemeral",
        _CALLS + "test_an_ephemeral_message_is_for_one_person_and_cannot_be_updated",
    ),
    Covered("method", "chat.postMessage", _CALLS + "test_a_message_is_posted_updated_and_deleted"),
    Covered("method", "chat.update", _CALLS + "test_a_message_is_posted_updated_and_deleted"),
    Covered("method", "conversations.info", _CALLS + "test_conversations_are_listed_and_described"),
    Covered("method", "conversations.list", _CALLS + "test_conversations_are_listed_and_described"),
    Covered("method", "conversations.members", _CALLS + "test_conversations_are_listed_and_described"),
    Covered("method", "conversations.open", _CALLS + "test_conversations_are_opened_once"),
    Covered(
        "method",
        "files.completeUploadExternal",
        _CALLS + "test_a_file_is_uploaded_shared_described_and_downloaded",
    ),
    Covered(
        "method",
        "files.getUploadURLExternal",
        _CALLS + "test_a_file_is_uploaded_shared_described_and_downloaded",
    ),
    Covered("method", "files.info", _CALLS + "test_a_file_is_uploaded_shared_described_and_downloaded"),
    Covered("method", "reactions.add", _CALLS + "test_a_reaction_is_added_once"),
    Covered("method", "team.info", _CALLS + "test_the_team_is_described"),
    Covered("method", "users.info", _CALLS + "test_people_are_described_with_their_language_and_team"),
    Covered("method", "users.list", _CALLS + "test_people_are_described_with_their_language_and_team"),
    Covered("method", "views.open", _TAPS + "test_a_trigger_works_once_and_not_for_long"),
    Covered("method", "views.publish", _TAPS + "test_the_home_tab_is_published_and_used"),
    Covered("method", "views.push", _FORMS + "test_a_button_in_a_form_pushes_another"),
    Covered("method", "views.update", _FORMS + "test_a_submission_updates_then_the_app_finishes_the_view"),
    Covered("event", "app_home_opened", _TAPS + "test_the_home_tab_is_published_and_used"),
    Covered("event", "app_mention", _SOCKET + "test_a_mention_arrives_as_two_events_of_one_message"),
    Covered("event", "member_joined_channel", _TAPS + "test_somebody_joins_and_a_stranger_is_marked"),
    Covered("event", "message.channels", _SOCKET + "test_a_mention_arrives_as_two_events_of_one_message"),
    Covered("event", "message.groups", _SOCKET + "test_a_private_channel_is_told_as_such"),
    Covered(
        "event",
        "message.im",
        _SOCKET + "test_a_direct_message_reaches_the_app_and_its_answer_the_person",
    ),
    Covered(
        "interaction",
        "block_actions",
        _TAPS + "test_a_tap_carries_the_message_and_answers_by_its_address",
    ),
    Covered("interaction", "message_action", _TAPS + "test_shortcuts_open_forms"),
    Covered("interaction", "shortcut", _TAPS + "test_shortcuts_open_forms"),
    Covered("interaction", "view_closed", _FORMS + "test_closing_a_form_is_told_if_the_app_asked"),
    Covered("interaction", "view_submission", _FORMS + "test_a_form_is_filled_and_sent"),
    Covered("transport", "http", _HTTP + "test_what_people_do_reaches_the_app_signed"),
    Covered("transport", "socket", _SOCKET + "test_a_ticket_opens_one_connection_only"),
    Covered("route", "/slack/api/{method}", _CALLS + "test_tokens_are_looked_at"),
    Covered(
        "route",
        "/slack/files/{id}/{name}",
        _CALLS + "test_a_file_is_uploaded_shared_described_and_downloaded",
    ),
    Covered(
        "route",
        "/slack/response/{id}",
        _TAPS + "test_an_address_for_answers_serves_five_times_for_half_an_hour",
    ),
    Covered("route", "/slack/socket/{ticket}", _SOCKET + "test_a_ticket_opens_one_connection_only"),
    Covered("route", "/slack/upload/{id}", _CALLS + "test_files_that_are_not_there_are_refused"),
    Covered("control", "channel", _CONTROL + "test_people_channels_and_faults_are_made"),
    Covered("control", "command", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "delete", _CONTROL + "test_a_person_writes_edits_and_deletes"),
    Covered("control", "edit", _CONTROL + "test_a_person_writes_edits_and_deletes"),
    Covered("control", "files", _CONTROL + "test_a_person_writes_edits_and_deletes"),
    Covered("control", "home-open", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "home-tap", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "join", _CONTROL + "test_people_channels_and_faults_are_made"),
    Covered("control", "misbehave", _CONTROL + "test_people_channels_and_faults_are_made"),
    Covered("control", "modal-close", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "modal-fill", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "modal-submit", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "modal-tap", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "network", _CONTROL + "test_the_network_is_cut_and_comes_back"),
    Covered("control", "person", _CONTROL + "test_people_channels_and_faults_are_made"),
    Covered("control", "send", _CONTROL + "test_a_person_writes_edits_and_deletes"),
    Covered("control", "shortcut", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "tap", _CONTROL + "test_a_person_taps_fills_and_closes"),
    Covered("control", "transport", _HTTP + "test_the_page_sets_the_address"),
)
