"""What people may write to see what happens, by name; and everything that Unicode holds, at random."""

from hypothesis import strategies as st

MARK = "Qx7"
"""Every text begins with it: whether a text is shown can be seen, however much of it is left out."""
ZALGO = "".join(letter + "\u0301\u0334\u0353\u0318\u0489" * 12 for letter in "zalgo")

TABLE: dict[str, str] = {
    "html": '<b>bold</b> <a href="https://evil.example">click</a> <script>alert(1)</script> &lt;i&gt; &amp; & < >',
    "broken html": "</b></i><b><i <a href= <!-- ]]> <tg-spoiler>",
    "mrkdwn": "*bold* _italic_ ~gone~ `code` ```pre``` > quote <https://evil.example|click>",
    "mentions of all": "<!channel> <!here> <!everyone> <!subteam^S012345|@finance> @channel @here @everyone",
    "mentions": "<@U012345> <@U012345|mia> <#C012345|general> @mia tg://user?id=1",
    "dates and links": "<!date^1392734382^{date}^https://evil.example|x> <mailto:a@b.example|a> https://evil.example/x",
    "markdown": "[click](https://evil.example) **bold** __u__ ||spoiler|| \\_ \\*",
    "placeholders": "{name} {0} {amount} {count} %s %(name)s %d ${HOME} {{x}} {",
    "right to left override": "\u202egnp.exe\u202c \u2067evil\u2069 \u200f\u061c",
    "unclosed overrides": "\u202e\u202d\u202b\u202a\u2066\u2067\u2068 €1.00",
    "hebrew and arabic": "שלום עולם 123 مرحبا ١٢٣ taxi",
    "zalgo": ZALGO,
    "a thousand accents": "e" + "\u0301" * 400,
    "nulls and controls": "nul\x00 bell\x07 esc\x1b[31m del\x7f c1\x85 back\x08",
    "half characters": "\ud83d high \udc00 low \udfff",
    "line ends": "one\rtwo\r\nthree\vfour\ffive\x85six\u2028seven\u2029eight\n\n\n\nnine",
    "nothing to see": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u115f\u3164\uffa0\u2800",
    "one long word": "W" * 480,
    "one wide word": "語" * 240,
    "emoji families": "👩‍👩‍👧‍👦" * 40,
    "flags and skins": "🏴󠁧󠁢󠁥󠁮󠁧󠁿🇩🇪🇩🇪🇩👍🏿" * 20,
    "sql": "'; DROP TABLE expenses; -- \" \\ % _ ' OR '1'='1",
    "like wildcards": "%%%___\\%\\_[a-z]*?",
    "formula": '=HYPERLINK("https://evil.example","click") +1 -1 @SUM(A1) \t=1',
    "json": '{"$": "card.1", "type": "mrkdwn"} [1,2] \\u0000 \\ud800',
    "noncharacters": "\ufffe\uffff\U0010ffff\ue000\ufdd0",
    "a shout": "TAXI" * 100,
}
"""Each with the mark in front fits into the shortest field that is not a line of one word, but for the departments and names."""

characters = st.characters(exclude_categories=()) | st.sampled_from(
    list("<>&*_~`@#!|{}[]()\"'\\/\n\r\t\x00\u202e\u2066\u2069\u0301\u200d\ud83d\udc00👩👧🇩🇪א٣")
)
anything = st.text(characters, max_size=60)
"""Any text at all, half characters and nulls among it, with a liking for what is special somewhere."""
