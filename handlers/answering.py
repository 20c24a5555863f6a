"""Replies -> queued messages and the immediate outcome; private by default, with a pointer left where one asked in a group."""

from core.conversations.outgoing import MESSAGE, answer, lane_of, remove, send_file
from core.conversations.subjects import Chat, Home, Private, Recipient
from handlers import dialogs
from handlers.events import ButtonTapped
from handlers.forms import OpenedForm
from handlers.outcome import Outcome
from handlers.replies import OpenForm, Remove, Replace, Replies, Send, SendFile, To, Toast, say
from handlers.stored import codec
from handlers.text import Text, text
from handlers.turn import Reader


class Answering:
    """Gives a handler's replies to the queue, inside its transaction, and keeps what the edge does at once."""

    def __init__(self, reader: Reader) -> None:
        """Take the event, who it is, and the open unit of work."""
        self._reader = reader
        self._uow = reader.uow
        self._private = Private(reader.who.account.id)
        self._toast: Text | None = None
        self._form: OpenedForm | None = None

    async def give(self, replies: Replies, *, form_done: bool = False) -> Outcome:
        """Queue the durable replies; return the immediate ones."""
        for reply in replies:
            if isinstance(reply, Send):
                await answer(self._uow, codec.pack(reply.card), self._recipient(reply.to))
            elif isinstance(reply, SendFile):
                await send_file(self._uow, reply.file_id, reply.name, codec.pack(reply.words), self._private)
            elif isinstance(reply, Replace):
                await answer(self._uow, codec.pack(reply.card), self._private, instead_of=reply.subject)
            elif isinstance(reply, Remove):
                await remove(self._uow, reply.subject, self._private)
            elif isinstance(reply, OpenForm):
                self._form = await dialogs.open_form(self._reader, reply)
            else:
                await self._toasted(reply)
        await self._point()
        # A handler may have changed the language: the outcome speaks the one that the person will read from now on.
        who = self._reader.who
        return Outcome(
            language=who.language, time_zone=who.time_zone, toast=self._toast, form=self._form, form_done=form_done
        )

    async def say(self, words: Text | None) -> Outcome:
        """Answer with one sentence: at the place of a tap, else as a message; None: with nothing."""
        return await self.give(() if words is None else (Toast(words),))

    async def _toasted(self, reply: Toast) -> None:
        if isinstance(self._reader.event, ButtonTapped):
            self._toast = reply.words
        else:
            await answer(self._uow, codec.pack(say(reply.words)), self._private)

    def _recipient(self, to: To | Recipient) -> Recipient:
        if isinstance(to, Private | Chat | Home):
            return to
        if to is To.PRIVATE or self._reader.event.source.private:
            return self._private
        return self._chat(aside=to is To.ASIDE)

    def _chat(self, *, aside: bool) -> Chat:
        source = self._reader.event.source
        return Chat(
            installation_id=source.installation_id,
            channel=source.channel,
            thread=source.thread,
            only_for_account_id=self._private.account_id if aside else None,
        )

    async def _point(self) -> None:
        """Leave a pointer without content in the group where something was asked that is answered in private."""
        if self._reader.event.source.private:
            return
        if (MESSAGE, lane_of(self._private)) in self._uow.signals:
            await answer(self._uow, codec.pack(say(text("pointer.private"))), self._chat(aside=True))
