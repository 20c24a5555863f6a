"""Files: the upload in three steps, looking one up, and downloading it.

Source: https://docs.slack.dev/messaging/working-with-files.
"""

from aiohttp import BodyPartReader, web

from bot.playground.slack.api import Method, required_text
from bot.playground.slack.api_chat import find_channel
from bot.playground.slack.chat import Chat
from bot.playground.slack.errors import SlackError
from bot.playground.slack.settings import SlackSettings
from bot.playground.slack.state import SlackState, StoredFile
from bot.playground.state import Fault, Json, Misbehaviour
from bot.playground.wire import WireLog, cut_connection

DOWNLOAD = "download"
"""What fetching a file is called in the wire log, and in a rule of Misbehaviour."""
DOWNLOAD_FAULTS = frozenset({Fault.SERVER_ERROR, Fault.DROP_BEFORE})


class FileMethods:
    """What the app does with files."""

    def __init__(
        self, settings: SlackSettings, state: SlackState, chat: Chat, wire: WireLog, misbehaviour: Misbehaviour
    ) -> None:
        self.settings = settings
        self.state = state
        self.chat = chat
        self.wire = wire
        self.misbehaviour = misbehaviour

    def table(self) -> dict[str, Method]:
        return {
            "files.completeUploadExternal": self.complete_upload,
            "files.getUploadURLExternal": self.get_upload_url,
            "files.info": self.info,
        }

    def get_upload_url(self, arguments: Json) -> Json:
        name = required_text(arguments, "filename")
        try:
            size_bytes = int(required_text(arguments, "length"))
        except ValueError as error:
            raise SlackError("invalid_arguments") from error
        if size_bytes <= 0:
            raise SlackError("invalid_arguments")
        file = self.add(name, user=self.settings.bot_user_id, size_bytes=size_bytes)
        return {"upload_url": f"{self.state.base_url}/slack/upload/{file.id}", "file_id": file.id}

    def add(self, name: str, *, user: str, size_bytes: int, content: bytes | None = None) -> StoredFile:
        """A new file; without content it waits for its upload."""
        file = StoredFile(id=self.state.next_id("F"), name=name, title=name, user=user, size_bytes=size_bytes)
        file.content, file.complete = content, content is not None
        self.state.files[file.id] = file
        return file

    async def serve_upload(self, request: web.Request) -> web.Response:
        """The second step: the bytes, as the body or as the first part of a form."""
        started = self.state.clock()
        file = self.state.files.get(request.match_info["id"])
        if request.content_type == "multipart/form-data":
            part = await (await request.multipart()).next()
            content = bytes(await part.read(decode=True)) if isinstance(part, BodyPartReader) else b""
        else:
            # Not `request.read()`: an upload may be larger than what the application allows a call's body.
            content = await request.content.read()
        if file is None or file.complete:
            status, text = 404, "file_not_found"
        elif len(content) != file.size_bytes:
            status, text = 400, "length_mismatch"
        else:
            file.content = content
            status, text = 200, f"OK - {len(content)}"
        self.wire.record(
            platform="slack",
            direction="bot-to-server",
            name="upload",
            request={"file": request.match_info["id"], "size_bytes": len(content)},
            answer={"text": text},
            status=status,
            started=started,
            duration_ms=(self.state.clock() - started) * 1000,
        )
        return web.Response(status=status, text=text)

    def complete_upload(self, arguments: Json) -> Json:
        """The third step: titles, and a message in the channel if one is named."""
        wanted = arguments.get("files")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(each, dict) for each in wanted):
            raise SlackError("invalid_arguments")
        files = [self._uploaded(str(each.get("id"))) for each in wanted]
        channel = None
        if arguments.get("channel_id"):
            channel = find_channel(self.state, str(arguments["channel_id"]), bot_user_id=self.settings.bot_user_id)
        for file, each in zip(files, wanted, strict=True):
            file.title, file.complete = str(each.get("title") or file.name), True
            file.shown_from = self.state.clock() + self.settings.file_processing_s
        if channel is not None:
            extra: Json = {}
            if arguments.get("thread_ts"):
                extra = self.chat.thread_fields(channel, str(arguments["thread_ts"]))
            text = str(arguments.get("initial_comment") or "")
            message = self.chat.app_message(text=text, blocks=None, extra=extra)
            self.chat.post(channel, self.chat.file_message(message, files))
        return {"files": [self.chat.file_object(file) for file in files]}

    def _uploaded(self, file_id: str) -> StoredFile:
        file = self.state.files.get(file_id)
        if file is None or file.content is None:
            raise SlackError("file_not_found")
        return file

    def info(self, arguments: Json) -> Json:
        file = self.state.files.get(required_text(arguments, "file"))
        if file is None or not file.complete:
            raise SlackError("file_not_found")
        return {"file": self.chat.file_object(file), "comments": [], "response_metadata": {"next_cursor": ""}}

    async def serve_download(self, request: web.Request) -> web.Response:
        """A private file. Without a token that may read files, Slack answers with its sign-in page and status 200."""
        started = self.state.clock()
        file = self.state.files.get(request.match_info["id"])
        allowed = request.headers.get("Authorization") == f"Bearer {self.settings.bot_token}"
        fault = self.misbehaviour.take(DOWNLOAD, DOWNLOAD_FAULTS)
        if fault is not None:
            response = web.Response(status=fault.status)
        elif not allowed or "files:read" not in self.settings.scopes:
            page = "<!DOCTYPE html><html><body>Sign in to see this file.</body></html>"
            response = web.Response(text=page, content_type="text/html")
        elif file is None or file.content is None or not file.complete:
            response = web.Response(status=404, text="file_not_found")
        else:
            mimetype = self.chat.file_object(file)["mimetype"]
            response = web.Response(body=file.content, content_type=mimetype)
        cut = fault is not None and fault.fault is Fault.DROP_BEFORE
        self.wire.record(
            platform="slack",
            direction="bot-to-server",
            name=DOWNLOAD,
            request={"file": request.match_info["id"]},
            answer={"content_type": response.content_type},
            status=None if cut else response.status,
            started=started,
            duration_ms=(self.state.clock() - started) * 1000,
        )
        return cut_connection(request) if cut else response
