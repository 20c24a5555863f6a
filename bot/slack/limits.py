"""Slack's limits as data, each with the page that states it, and how what is too long is cut.

Lengths are characters (code points). Pages are relative to https://docs.slack.dev/reference/ unless they say otherwise.
"""

BLOCKS_PER_MESSAGE_MAX = 50  # block-kit/blocks
BLOCKS_PER_VIEW_MAX = 100  # block-kit/blocks
# All texts of a message together; not documented. Slack's people speak of 12,000 characters less what its blocks take
# (https://github.com/slackapi/bolt-js/issues/2509); 11,341 were refused (https://github.com/slackapi/bolt-js/issues/2867).
MESSAGE_BLOCKS_CHARACTERS_MAX = 11_000
# "For best results" of chat.postMessage; chat.update refuses more: https://github.com/seratch/ChatGPT-in-Slack/issues/102
MESSAGE_UPDATE_TEXT_CHARACTERS_MAX = 4_000
ALT_TEXT_CHARACTERS_MAX = 2_000  # block-kit/blocks/image-block
HEADER_CHARACTERS_MAX = 150  # block-kit/blocks/header-block
SECTION_CHARACTERS_MAX = 3_000  # block-kit/blocks/section-block
ACTIONS_ELEMENTS_MAX = 25  # block-kit/blocks/actions-block
INPUT_LABEL_CHARACTERS_MAX = 2_000  # block-kit/blocks/input-block
INPUT_HINT_CHARACTERS_MAX = 2_000  # block-kit/blocks/input-block
INPUT_CHARACTERS_MAX = 3_000  # block-kit/block-elements/plain-text-input-element
ACTION_ID_CHARACTERS_MAX = 255  # block-kit/block-elements/button-element
BUTTON_CHARACTERS_MAX = 75  # block-kit/block-elements/button-element
BUTTON_VALUE_CHARACTERS_MAX = 2_000  # block-kit/block-elements/button-element
SELECT_OPTIONS_MAX = 100  # block-kit/block-elements/select-menu-element
OPTION_CHARACTERS_MAX = 75  # block-kit/composition-objects/option-object
OPTION_VALUE_CHARACTERS_MAX = 150  # block-kit/composition-objects/option-object
CONFIRM_TITLE_CHARACTERS_MAX = 100  # block-kit/composition-objects/confirmation-dialog-object
CONFIRM_TEXT_CHARACTERS_MAX = 300  # block-kit/composition-objects/confirmation-dialog-object
CONFIRM_BUTTON_CHARACTERS_MAX = 30  # block-kit/composition-objects/confirmation-dialog-object
VIEW_TITLE_CHARACTERS_MAX = 24  # views/modal-views; its two buttons have the same limit
VIEW_METADATA_CHARACTERS_MAX = 3_000  # views/modal-views
ACKNOWLEDGE_TIMEOUT_S = 3.0  # /apis/events-api: events, commands, taps and submissions alike
TRIGGER_LIFE_S = 3.0  # /interactivity/handling-user-interaction
RESPONSE_URL_LIFE_S = 1_800.0  # /interactivity/handling-user-interaction: 30 minutes
RESPONSE_URL_USES_MAX = 5  # /interactivity/handling-user-interaction
COMMAND_CHARACTERS_MAX = 32  # app-manifest: features.slash_commands
COMMAND_DESCRIPTION_CHARACTERS_MAX = 2_000  # app-manifest: features.slash_commands
COMMAND_HINT_CHARACTERS_MAX = 1_000  # app-manifest: features.slash_commands
SHORTCUTS_MAX = 10  # app-manifest: features.shortcuts; none at all is no empty list
SHORTCUT_NAME_CHARACTERS_MAX = 24  # app-manifest: features.shortcuts
SHORTCUT_CALLBACK_ID_CHARACTERS_MAX = 255  # app-manifest: features.shortcuts
SHORTCUT_DESCRIPTION_CHARACTERS_MAX = 150  # app-manifest: features.shortcuts
BOT_EVENTS_MAX = 100  # app-manifest: settings.event_subscriptions
REQUEST_URL_CHARACTERS_MAX = 3_000  # https://github.com/slackapi/manifest-schema
APP_NAME_CHARACTERS_MAX = 35  # app-manifest: display_information
APP_SUMMARY_CHARACTERS_MAX = 140  # app-manifest: display_information.description
APP_DESCRIPTION_CHARACTERS_MIN = 175  # app-manifest: display_information.long_description
APP_DESCRIPTION_CHARACTERS_MAX = 4_000  # app-manifest: display_information.long_description

ELLIPSIS = "…"


def cut(words: str, characters_max: int) -> str:
    """Return `words`, or their beginning with an ellipsis, at most `characters_max` characters in all."""
    return words if len(words) <= characters_max else words[: characters_max - 1].rstrip() + ELLIPSIS


def whole(identifier: str, characters_max: int) -> str:
    """Return an identifier that must not be cut. Raises ValueError when it is too long: a fault of whoever chose it."""
    if len(identifier) > characters_max:
        raise ValueError(f"{identifier[:40]!r}… has {len(identifier)} characters, and Slack takes {characters_max}")
    return identifier
