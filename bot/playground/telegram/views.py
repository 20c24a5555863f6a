"""What a person sees: messages with their buttons, the answers to their taps."""

from dataclasses import asdict, dataclass

from bot.playground.state import Json
from bot.playground.telegram.state import Chat, StoredMessage, Tap


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonView:
    """One button below a message."""

    label: str
    data: str | None
    """callback_data; None for a button of another kind."""
    url: str | None
    loading: bool
    """Tapped by this person, and not answered by the bot yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message as its reader sees it. `content` is the whole Bot API Message."""

    id: int
    chat_id: int
    sender_id: int
    from_bot: bool
    text: str
    """The text, or the caption of a photo or document; "" when there is none."""
    entities: tuple[Json, ...]
    buttons: tuple[tuple[ButtonView, ...], ...]
    edited: bool
    content: Json

    @property
    def labels(self) -> list[str]:
        """Every button's label, row by row."""
        return [button.label for row in self.buttons for button in row]

    def button(self, label_or_data: str) -> ButtonView | None:
        """The button with this callback data or this label, or whose label contains it."""
        every = [button for row in self.buttons for button in row]
        exact = [button for button in every if label_or_data in (button.data, button.label)]
        close = [button for button in every if label_or_data.lower() in button.label.lower()]
        return next(iter([*exact, *close]), None)

    def as_json(self) -> Json:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToastView:
    """What a tap was answered: a line at the edge of the screen, or an alert that must be closed. Often no text."""

    query_id: str
    message_id: int
    text: str
    show_alert: bool
    url: str


def message_view(chat: Chat, message: StoredMessage, taps: list[Tap]) -> MessageView:
    """`taps`: the reader's taps in this chat that still load."""
    content = message.content
    message_id = content["message_id"]
    loading = {tap.data for tap in taps if tap.message_id == message_id}
    rows: list[list[Json]] = content.get("reply_markup", {}).get("inline_keyboard", [])
    return MessageView(
        id=message_id,
        chat_id=chat.id,
        sender_id=message.sender_id,
        from_bot=bool(content["from"]["is_bot"]),
        text=content.get("text") or content.get("caption") or "",
        entities=tuple(content.get("entities") or content.get("caption_entities") or []),
        buttons=tuple(
            tuple(
                ButtonView(
                    label=button["text"],
                    data=button.get("callback_data"),
                    url=button.get("url"),
                    loading=button.get("callback_data") in loading,
                )
                for button in row
            )
            for row in rows
        ),
        edited="edit_date" in content,
        content=content,
    )


def toast_view(tap: Tap) -> ToastView:
    """The answer to a tap that was answered."""
    return ToastView(query_id=tap.id, message_id=tap.message_id, text=tap.text, show_alert=tap.show_alert, url=tap.url)
