"""views.*: forms and Home tabs. Source: https://docs.slack.dev/reference/methods/views.open and its neighbours."""

from bot.playground.slack.api import Method, required_text
from bot.playground.slack.errors import SlackError
from bot.playground.slack.state import SlackState
from bot.playground.slack.views import Views
from bot.playground.state import Json


class ViewMethods:
    """What the app does with forms."""

    def __init__(self, state: SlackState, views: Views) -> None:
        self.state = state
        self.views = views

    def table(self) -> dict[str, Method]:
        return {
            "views.open": self.open,
            "views.publish": self.publish,
            "views.push": self.push,
            "views.update": self.update,
        }

    def open(self, arguments: Json) -> Json:
        return {"view": self.views.open(arguments.get("trigger_id"), _view(arguments))}

    def push(self, arguments: Json) -> Json:
        return {"view": self.views.push(arguments.get("trigger_id"), _view(arguments))}

    def update(self, arguments: Json) -> Json:
        """By view_id or external_id. With a `hash`, only if nothing else has changed the view since."""
        view_id, external_id = arguments.get("view_id"), arguments.get("external_id")
        if not view_id and not external_id:
            required_text(arguments, "view_id")
        view = _view(arguments)
        user_id, open_view = self.views.find(view_id, external_id)
        self.views.check(view, replaces=open_view)
        expected_hash = arguments.get("hash")
        if expected_hash and expected_hash != open_view.view["hash"]:
            raise SlackError("hash_conflict")
        return {"view": self.views.update(open_view, user_id, view)}

    def publish(self, arguments: Json) -> Json:
        user_id = required_text(arguments, "user_id")
        if user_id not in self.state.users:
            raise SlackError("user_not_found")
        return {"view": self.views.publish(user_id, _view(arguments), expected_hash=arguments.get("hash"))}


def _view(arguments: Json) -> Json:
    view = arguments.get("view")
    if not isinstance(view, dict):
        required_text({"view": None}, "view")
    return dict(view or {})
