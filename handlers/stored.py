"""How cards and forms' beginnings are stored: the tags of the vocabulary. A changed field needs a new tag."""

from core.conversations.outgoing import PACKERS, VALUES
from core.kernel.codec import Codec, Packer
from handlers.forms import Choice, FormStart
from handlers.replies import Button, Card, Divider, Fields, Lines, Paragraph, Picture, Row, Style
from handlers.text import Text, Verbatim

codec = Codec(
    VALUES
    | {
        "text.1": Text,
        "verbatim.1": Verbatim,
        "paragraph.1": Paragraph,
        "lines.1": Lines,
        "row.1": Row,
        "fields.1": Fields,
        "divider.1": Divider,
        "picture.1": Picture,
        "button.1": Button,
        "card.1": Card,
        "choice.1": Choice,
        "form-start.1": FormStart,
    },
    PACKERS | {Style: ("style", Packer(str, Style))},
)
