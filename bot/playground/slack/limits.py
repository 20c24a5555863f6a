"""Slack's limits as data, each with the page of Slack's documentation that states it.

Lengths of text are counted in characters (code points). Pages are relative to https://docs.slack.dev/reference/ unless
they say otherwise. Where slack_sdk's models know the same number, a contract test compares the two transcriptions.
"""

# block-kit/blocks
BLOCKS_PER_MESSAGE_MAX = 50  # block-kit/blocks
BLOCKS_PER_VIEW_MAX = 100  # block-kit/blocks: modals and Home tabs
BLOCK_ID_CHARACTERS_MAX = 255  # block-kit/blocks/section-block
SECTION_TEXT_CHARACTERS_MAX = 3000  # block-kit/blocks/section-block
SECTION_FIELDS_MAX = 10  # block-kit/blocks/section-block
SECTION_FIELD_CHARACTERS_MAX = 2000  # block-kit/blocks/section-block
HEADER_TEXT_CHARACTERS_MAX = 150  # block-kit/blocks/header-block
ACTIONS_ELEMENTS_MAX = 25  # block-kit/blocks/actions-block
CONTEXT_ELEMENTS_MAX = 10  # block-kit/blocks/context-block
INPUT_LABEL_CHARACTERS_MAX = 2000  # block-kit/blocks/input-block
INPUT_HINT_CHARACTERS_MAX = 2000  # block-kit/blocks/input-block
IMAGE_URL_CHARACTERS_MAX = 3000  # block-kit/blocks/image-block
IMAGE_ALT_TEXT_CHARACTERS_MAX = 2000  # block-kit/blocks/image-block
IMAGE_TITLE_CHARACTERS_MAX = 2000  # block-kit/blocks/image-block

# block-kit/block-elements
ACTION_ID_CHARACTERS_MAX = 255  # block-kit/block-elements/button-element
BUTTON_TEXT_CHARACTERS_MAX = 75  # block-kit/block-elements/button-element
BUTTON_VALUE_CHARACTERS_MAX = 2000  # block-kit/block-elements/button-element
BUTTON_URL_CHARACTERS_MAX = 3000  # block-kit/block-elements/button-element
PLACEHOLDER_CHARACTERS_MAX = 150  # block-kit/block-elements/plain-text-input-element
SELECT_OPTIONS_MAX = 100  # block-kit/block-elements/select-menu-element
SELECT_OPTION_GROUPS_MAX = 100  # block-kit/block-elements/select-menu-element
OVERFLOW_OPTIONS_MAX = 5  # block-kit/block-elements/overflow-menu-element
CHECKBOX_OPTIONS_MAX = 10  # block-kit/block-elements/checkboxes-element
RADIO_OPTIONS_MAX = 10  # block-kit/block-elements/radio-button-group-element
PLAIN_TEXT_INPUT_CHARACTERS_MAX = 3000  # block-kit/block-elements/plain-text-input-element
FILE_INPUT_FILES_MAX = 10  # block-kit/block-elements/file-input-element

# block-kit/composition-objects
OPTION_TEXT_CHARACTERS_MAX = 75  # block-kit/composition-objects/option-object
OPTION_DESCRIPTION_CHARACTERS_MAX = 75  # block-kit/composition-objects/option-object
OPTION_VALUE_CHARACTERS_MAX = 150  # block-kit/composition-objects/option-object
OPTION_GROUP_LABEL_CHARACTERS_MAX = 75  # block-kit/composition-objects/option-group-object
CONFIRM_TITLE_CHARACTERS_MAX = 100  # block-kit/composition-objects/confirmation-dialog-object
CONFIRM_TEXT_CHARACTERS_MAX = 300  # block-kit/composition-objects/confirmation-dialog-object
CONFIRM_BUTTON_CHARACTERS_MAX = 30  # block-kit/composition-objects/confirmation-dialog-object

# views
VIEW_TITLE_CHARACTERS_MAX = 24  # views/modal-views
VIEW_SUBMIT_CHARACTERS_MAX = 24  # views/modal-views
VIEW_CLOSE_CHARACTERS_MAX = 24  # views/modal-views
VIEW_CALLBACK_ID_CHARACTERS_MAX = 255  # views/modal-views
VIEW_EXTERNAL_ID_CHARACTERS_MAX = 255  # views/modal-views
VIEW_PRIVATE_METADATA_CHARACTERS_MAX = 3000  # views/modal-views
VIEW_SIZE_BYTES_MAX = 250_000  # methods/views.open: view_too_large, "greater than 250kb"
VIEWS_PER_STACK_MAX = 3  # methods/views.push: push_limit_reached, "Currently the limit is 3"

# pages of lists
CONVERSATIONS_PAGE_DEFAULT = 100  # methods/conversations.list and conversations.members: limit, "Default: 100"
PAGE_MAX = 1000  # methods/conversations.list: limit, "an integer under 1000"; more is taken for this

# messages
MESSAGE_TEXT_CHARACTERS_MAX = 40_000  # methods/chat.postMessage
MESSAGE_UPDATE_TEXT_CHARACTERS_MAX = 4_000  # observed: https://github.com/seratch/ChatGPT-in-Slack/issues/102
MESSAGE_ATTACHMENTS_MAX = 100  # methods/chat.postMessage: too_many_attachments
# msg_blocks_too_long is not documented. Slack's people speak of 12,000 characters of text "with a buffer for block
# containers" (https://github.com/slackapi/bolt-js/issues/2509), and a message with 11,341 was refused
# (https://github.com/slackapi/bolt-js/issues/2867). Whoever stays below this bound is safe in all known cases.
MESSAGE_BLOCKS_CHARACTERS_MAX = 11_000

# interactivity and delivery
ACKNOWLEDGE_TIMEOUT_S = 3.0  # /apis/events-api: an acknowledgement within three seconds
TRIGGER_LIFE_S = 3.0  # /interactivity/handling-user-interaction: a trigger_id expires in 3 seconds
EVENT_RETRY_DELAYS_S = (0.0, 60.0, 300.0)  # /apis/events-api: nearly immediately, after 1 minute, after 5 minutes
RESPONSE_URL_USES_MAX = 5  # /interactivity/handling-user-interaction: five times within 30 minutes
RESPONSE_URL_LIFE_S = 1800.0  # /interactivity/handling-user-interaction
SOCKET_CONNECTIONS_MAX = 10  # /apis/events-api/using-socket-mode: up to 10 open connections
SOCKET_TICKET_LIFE_S = 30.0  # methods/apps.connections.open: the URL is short-lived; the exact time is not documented
