"""What of the Bot API is emulated, and the test that shows it. A test holds METHODS equal to the methods served.

A method of the Bot API that is not listed is answered 501 "Not Implemented", as are the parameters named in
`methods.NOT_EMULATED`; a method that the Bot API does not have, 404.
"""

_PTB = "tests/contract/test_telegram_emulator_ptb.py"
_REFUSALS = "tests/contract/test_telegram_emulator_refusals.py"
_POLLING = "tests/contract/test_telegram_emulator_polling.py"
_WEBHOOK = "tests/contract/test_telegram_emulator_webhook.py"
_PEOPLE = "tests/bot/playground/telegram/test_telegram_people.py"
_CONTROL = "tests/bot/playground/telegram/test_telegram_control.py"
_EDGE_FILES = "tests/contract/test_telegram_edge_files.py"
_HTML = "tests/bot/playground/telegram/test_telegram_html.py"
_TEXT = "tests/bot/playground/telegram/test_telegram_text.py"
_SNAPSHOT = "tests/bot/playground/telegram/test_telegram_snapshot.py"

METHODS: dict[str, str] = {
    "answerCallbackQuery": f"{_PTB}::test_a_tap_is_answered_with_a_toast",
    "deleteMessage": f"{_PTB}::test_messages_are_deleted",
    "deleteMessages": f"{_PTB}::test_messages_are_deleted",
    "deleteMyCommands": f"{_PTB}::test_commands_are_kept_by_scope_and_language",
    "deleteWebhook": f"{_WEBHOOK}::test_polls_are_refused_while_there_is_a_webhook",
    "editMessageCaption": f"{_PTB}::test_files_are_sent_and_come_back",
    "editMessageMedia": f"{_PTB}::test_a_message_shows_another_file_in_its_place",
    "editMessageReplyMarkup": f"{_PTB}::test_a_message_is_edited_in_place",
    "editMessageText": f"{_PTB}::test_a_message_is_edited_in_place",
    "getChat": f"{_PTB}::test_a_bot_asks_about_chats_and_members",
    "getChatAdministrators": f"{_PTB}::test_a_bot_asks_about_chats_and_members",
    "getChatMember": f"{_PTB}::test_a_bot_asks_about_chats_and_members",
    "getChatMemberCount": f"{_PTB}::test_a_bot_asks_about_chats_and_members",
    "getChatMenuButton": f"{_PTB}::test_the_menu_button_is_kept_for_all_and_for_one",
    "getFile": f"{_PTB}::test_files_are_sent_and_come_back",
    "getMe": f"{_PTB}::test_a_bot_learns_who_it_is",
    "getMyCommands": f"{_PTB}::test_commands_are_kept_by_scope_and_language",
    "getMyDescription": f"{_PTB}::test_name_and_descriptions_are_kept_by_language",
    "getMyName": f"{_PTB}::test_name_and_descriptions_are_kept_by_language",
    "getMyShortDescription": f"{_PTB}::test_name_and_descriptions_are_kept_by_language",
    "getUpdates": f"{_POLLING}::test_updates_are_delivered_again_until_an_offset_confirms_them",
    "getWebhookInfo": f"{_WEBHOOK}::test_what_is_not_taken_comes_again_and_the_error_is_told",
    "leaveChat": f"{_PTB}::test_a_bot_asks_about_chats_and_members",
    "sendChatAction": f"{_PTB}::test_typing_shows_for_five_seconds",
    "sendDocument": f"{_PTB}::test_files_are_sent_and_come_back",
    "sendMessage": f"{_PTB}::test_a_formatted_message_with_buttons_arrives_as_it_was_meant",
    "sendPhoto": f"{_PTB}::test_files_are_sent_and_come_back",
    "setChatMenuButton": f"{_PTB}::test_the_menu_button_is_kept_for_all_and_for_one",
    "setMyCommands": f"{_PTB}::test_commands_are_kept_by_scope_and_language",
    "setMyDescription": f"{_PTB}::test_name_and_descriptions_are_kept_by_language",
    "setMyName": f"{_PTB}::test_name_and_descriptions_are_kept_by_language",
    "setMyShortDescription": f"{_PTB}::test_name_and_descriptions_are_kept_by_language",
    "setWebhook": f"{_WEBHOOK}::test_updates_come_to_the_webhook_with_its_secret",
}
"""Method -> id of a test."""

BEHAVIOUR: dict[str, str] = {
    "every kind of update that is sent": f"{_PTB}::test_updates_of_every_kind_are_known_to_the_client",
    "photo sizes": f"{_CONTROL}::test_the_page_sends_an_album_and_a_photo_in_several_sizes",
    "albums": f"{_PEOPLE}::test_an_album_is_a_message_for_each_picture_and_the_first_has_the_words",
    "file download": f"{_PTB}::test_a_persons_photo_reaches_the_bot",
    "5xx and cut connections of downloads, on demand": f"{_EDGE_FILES}::test_a_download_that_breaks_is_tried_later",
    "reply keyboards": f"{_PTB}::test_a_keyboard_in_the_place_of_the_letters_comes_and_goes",
    "parse_mode HTML": f"{_HTML}::test_tags_become_entities",
    "400 for HTML that does not parse": f"{_HTML}::test_what_does_not_parse_is_refused_in_the_words_of_telegram",
    "400 for other parse modes": f"{_REFUSALS}::test_what_cannot_be_parsed_is_refused",
    "entities that Telegram finds": f"{_TEXT}::test_telegram_finds_commands_mentions_and_links_itself",
    "text lengths": f"{_REFUSALS}::test_texts_are_counted_in_utf16_units_after_parsing",
    "keyboard limits": f"{_REFUSALS}::test_a_keyboard_beyond_the_limits_is_refused",
    "malformed keyboards": f"{_REFUSALS}::test_a_malformed_keyboard_is_refused_and_not_taken_for_another",
    "unknown parameters": f"{_REFUSALS}::test_parameters_that_the_bot_api_does_not_know_are_refused",
    "501 for what is not emulated": f"{_REFUSALS}::test_what_is_not_emulated_says_so",
    "401 and 404": f"{_REFUSALS}::test_unknown_methods_and_tokens_are_told_apart",
    "403 before Start and when blocked": f"{_REFUSALS}::test_a_bot_cannot_write_before_start_nor_when_blocked",
    "403 outside of a group": f"{_REFUSALS}::test_a_bot_cannot_write_where_it_is_no_member",
    "message is not modified": f"{_REFUSALS}::test_edits_that_change_nothing_or_find_nothing_are_refused",
    "what cannot be deleted": f"{_REFUSALS}::test_what_cannot_be_deleted_is_refused",
    "query is too old": f"{_REFUSALS}::test_a_tap_is_answered_once_and_in_time",
    "command limits": f"{_REFUSALS}::test_commands_beyond_the_limits_are_refused",
    "file limits": f"{_REFUSALS}::test_files_beyond_the_limits_are_refused",
    "flood limits, when configured": f"{_REFUSALS}::test_flood_limits_hold_when_they_are_configured",
    "allowed_updates": f"{_POLLING}::test_only_kinds_that_were_asked_for_are_delivered",
    "updates kept for a day": f"{_POLLING}::test_updates_are_forgotten_after_a_day",
    "long polls": f"{_POLLING}::test_a_long_poll_answers_as_soon_as_something_happens",
    "409 for two pollers": f"{_POLLING}::test_the_older_of_two_polls_ends_with_a_conflict",
    "a poll whose client is gone": f"{_POLLING}::test_a_long_poll_ends_when_its_client_goes_away",
    "shutdown": f"{_POLLING}::test_a_long_poll_ends_when_the_server_stops",
    "429 on demand": f"{_POLLING}::test_too_many_requests_on_demand",
    "5xx and cut connections on demand": f"{_POLLING}::test_server_errors_and_cut_connections_on_demand",
    "slow answers on demand": f"{_POLLING}::test_slow_answers_on_demand",
    "repeated updates on demand": f"{_POLLING}::test_duplicated_updates_come_two_to_five_times_and_none_is_lost",
    "reordered and dropped updates on demand": f"{_POLLING}::test_reordered_and_dropped_updates_on_demand",
    "409 for a poll beside a webhook": f"{_WEBHOOK}::test_polls_are_refused_while_there_is_a_webhook",
    "a webhook's repetitions": f"{_WEBHOOK}::test_what_is_not_taken_comes_again_and_the_error_is_told",
    "Retry-After of a webhook": f"{_WEBHOOK}::test_an_answer_says_itself_when_to_come_again",
    "a call in a webhook's answer": f"{_WEBHOOK}::test_an_answer_may_hold_a_call",
    "a webhook that nobody serves": f"{_WEBHOOK}::test_nobody_at_the_address_is_an_error_too",
    "max_connections, and order within a chat": f"{_WEBHOOK}::test_chats_are_served_beside_each_other_and_each_in_its_order",
    "misbehaviour of webhooks on demand": f"{_WEBHOOK}::test_deliveries_are_repeated_reordered_and_lost_on_demand",
    "webhooks on this machine alone": f"{_WEBHOOK}::test_what_cannot_be_a_webhook_is_refused",
    "drop_pending_updates": f"{_WEBHOOK}::test_what_waits_is_dropped_when_that_is_asked_for",
    "group privacy": f"{_PEOPLE}::test_in_a_group_a_bot_hears_only_what_is_addressed_to_it",
    "groups that become supergroups": f"{_PEOPLE}::test_a_group_becomes_a_supergroup_under_another_id",
    "deletions are not told": f"{_PEOPLE}::test_a_bot_is_not_told_of_deletions",
    "kept over a restart": f"{_SNAPSHOT}::test_a_kept_emulator_goes_on_and_gives_no_id_twice",
}
"""What holds across methods -> id of a test."""
