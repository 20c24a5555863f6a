"""Photos and documents: sending them, and getting them back."""

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.playground.state import Json
from bot.playground.telegram import limits
from bot.playground.telegram.calls import Call, Handler, formatted
from bot.playground.telegram.errors import BotApiError, bad_request
from bot.playground.telegram.methods_messages import edit, own_message, send
from bot.playground.telegram.state import StoredFile
from bot.playground.telegram.uploads import Upload, picture_size

if TYPE_CHECKING:
    from bot.playground.telegram.emulator import TelegramEmulator


BYTES_MAX = {"photo": limits.PHOTO_UPLOAD_BYTES_MAX, "document": limits.DOCUMENT_UPLOAD_BYTES_MAX}
"""The kinds of files that are emulated, and how large each may be."""


def keep_file(emulator: "TelegramEmulator", bot_id: int, folder: str, upload: Upload) -> StoredFile:
    """Stores a file under new ids. An id is one bot's: another cannot use it."""
    number = emulator.state.next_file_number
    emulator.state.next_file_number += 1
    suffix = upload.name.rpartition(".")[2] if "." in upload.name else "bin"
    file = StoredFile(
        file_id=f"EmulatedFile{bot_id}-{number:06d}",
        file_unique_id=f"EmulatedUnique{number:06d}",
        bot_id=bot_id,
        path=f"{folder}/file_{number}.{suffix}",
        name=upload.name,
        mime_type=upload.mime_type,
        content=upload.content,
    )
    emulator.state.files[file.file_id] = file
    return file


def photo_json(file: StoredFile) -> list[Json]:
    """One size of a photo, as a list. Raises BotApiError 400 for what Telegram takes for no photo."""
    size = picture_size(file.content)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    too_narrow = max(size) > limits.PHOTO_SIDES_RATIO_MAX * max(min(size), 1)
    if width + height > limits.PHOTO_SIDES_SUM_MAX or too_narrow:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return [_identified(file) | {"width": width, "height": height}]


def document_json(file: StoredFile) -> Json:
    """The Bot API's Document."""
    return _identified(file) | {"file_name": file.name, "mime_type": file.mime_type}


def _identified(file: StoredFile) -> Json:
    return {"file_id": file.file_id, "file_unique_id": file.file_unique_id, "file_size": len(file.content)}


def _given_file(call: Call, kind: str, bytes_max: int) -> StoredFile:
    reference = call.given[kind]
    upload = call.uploads.find(reference)
    if upload is not None:
        if len(upload.content) > bytes_max:
            raise bad_request("file is too big")
        if not upload.content:
            raise bad_request("file must be non-empty")
        return keep_file(call.emulator, call.bot.id, f"{kind}s", upload)
    file = call.state.files.get(reference)
    if file is None or file.bot_id != call.bot.id:
        # Telegram fetches http addresses itself; the emulator touches no network.
        raise bad_request("wrong file identifier/HTTP URL specified")
    return file


def _send_file(call: Call, kind: str) -> Json:
    call.chat()  # Refuses a wrong chat before the file is kept.
    return send(call, _file_fields(call, kind))


def _file_fields(call: Call, kind: str) -> Json:
    caption, entities = formatted(call, "caption", "caption_entities")
    limits.check_caption(caption)
    file = _given_file(call, kind, BYTES_MAX[kind])
    fields: Json = {kind: photo_json(file) if kind == "photo" else document_json(file)}
    if caption:
        fields["caption"] = caption
    if entities:
        fields["caption_entities"] = entities
    return fields


def _send_photo(call: Call) -> Json:
    return _send_file(call, "photo")


def _send_document(call: Call) -> Json:
    return _send_file(call, "document")


def _edit_message_media(call: Call) -> Json:
    """Puts a photo or a document in the place of a message's file, or of its text. Others are no part of the emulator."""
    media = call.given["media"]
    kind = media["type"]
    if kind not in BYTES_MAX:
        raise BotApiError(501, f"Not Implemented: this emulator does not emulate media of type {kind}")
    meant = replace(call, given={**media, kind: media["media"]})
    chat, message = own_message(call)
    fields = dict.fromkeys(("text", "entities", "link_preview_options", "caption", "caption_entities", *BYTES_MAX))
    return edit(call, chat, message, fields | _file_fields(meant, kind))


def _get_file(call: Call) -> Json:
    file = call.state.files.get(call.given["file_id"])
    if file is None or file.bot_id != call.bot.id:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > limits.DOWNLOAD_BYTES_MAX:
        raise bad_request("file is too big")
    return _identified(file) | {"file_path": file.path}


METHODS: dict[str, Handler] = {
    "sendPhoto": _send_photo,
    "sendDocument": _send_document,
    "editMessageMedia": _edit_message_media,
    "getFile": _get_file,
}
