"""People on two platforms at once, in one workspace: each on the one that the transcript names."""

from tests.conversations.actions import Casting, Fill, Group, SendPapers
from tests.conversations.faces import Face, News


class Together:
    """Drives both platforms: what a person does happens on theirs, and what all see is looked at together."""

    platform = "together"

    def __init__(self, faces: dict[str, Face]) -> None:
        self._faces = faces
        self._homes: dict[str, Face] = {}

    def add(self, casting: Casting) -> None:
        self._homes[casting.name] = self._faces[casting.platform or "telegram"]
        self._homes[casting.name].add(casting)

    async def add_group(self, group: Group) -> None:
        raise NotImplementedError("a group is on one platform")

    async def let_in(self, name: str, code: str | None) -> None:
        await self._homes[name].let_in(name, code)

    async def say(self, name: str, words: str, group: str | None) -> None:
        await self._homes[name].say(name, words, group)

    async def change(self, name: str, old: str, new: str) -> None:
        await self._homes[name].change(name, old, new)

    async def tap(self, name: str, label: str, at: str, times: int) -> None:
        await self._homes[name].tap(name, label, at, times)

    async def picture(self, name: str, words: str) -> None:
        await self._homes[name].picture(name, words)

    async def send(self, papers: SendPapers) -> None:
        await self._homes[papers.person].send(papers)

    async def accept(self, name: str, what: str) -> None:
        await self._homes[name].accept(name, what)

    async def fill(self, form: Fill) -> None:
        await self._homes[form.person].fill(form)

    async def close_form(self, name: str) -> None:
        await self._homes[name].close_form(name)

    async def open_page(self, name: str) -> None:
        await self._homes[name].open_page(name)

    async def tap_page(self, name: str, label: str) -> None:
        await self._homes[name].tap_page(name, label)

    async def choose(self, name: str, entry: str, words: str, group: str) -> None:
        await self._homes[name].choose(name, entry, words, group)

    def file(self, name: str, file_name: str) -> bytes:
        return self._homes[name].file(name, file_name)

    def news(self) -> News:
        found = News()
        for face in self._faces.values():
            news = face.news()
            found.messages |= news.messages
            found.notes |= news.notes
            found.windows |= news.windows
            found.asked |= news.asked
        return found
