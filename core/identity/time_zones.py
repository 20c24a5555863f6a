"""Time zones as people type them: an IANA name, a city in their language, an offset from UTC. Pure."""

import re
import unicodedata
from functools import lru_cache
from zoneinfo import available_timezones

_OFFSET = re.compile(r"(?:utc|gmt|z)?\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
# Zones without daylight saving time that stand for an offset which is no whole hour; a whole one has a zone of its own.
_ODD_OFFSETS = {
    "+3:30": "Asia/Tehran", "+4:30": "Asia/Kabul", "+5:30": "Asia/Kolkata", "+5:45": "Asia/Kathmandu",
    "+6:30": "Asia/Yangon", "+8:45": "Australia/Eucla", "+9:30": "Australia/Darwin", "-9:30": "Pacific/Marquesas",
}  # fmt: skip
_HOURS_EAST_MAX, _HOURS_WEST_MAX = 14, 12
"""What the IANA database has fixed zones for: Etc/GMT-14 to Etc/GMT+12."""
_PLACES_ONLY = re.compile(r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.+")


def find_time_zone(typed: str, language: str) -> str | None:
    """Return the IANA name of the time zone that somebody means: "Europe/Berlin", "berlin", "Wien" (in German), "UTC+2".

    An offset is taken at its word: a zone without daylight saving time. None for what names no zone.
    """
    words = _plain(typed)
    offset = _OFFSET.fullmatch(words)
    if offset is not None:
        return _of_offset(offset["sign"], int(offset["hours"]), int(offset["minutes"] or 0))
    return _known("en").get(words) or _known(language).get(words)


def time_zone_words(name: str, language: str) -> str:
    """Return a time zone as people say it, such that `find_time_zone` reads it back: "Berlin", "UTC+2"."""
    fixed = re.fullmatch(r"Etc/GMT([+-])(\d+)", name)
    if fixed is not None:
        return f"UTC{'-' if fixed[1] == '+' else '+'}{fixed[2]}" if fixed[2] != "0" else "UTC"
    if name in ("UTC", "Etc/UTC"):
        return "UTC"
    city = _city(name, language)
    return city if find_time_zone(city, language) == name else name


def _of_offset(sign: str, hours: int, minutes: int) -> str | None:
    if minutes:
        return _ODD_OFFSETS.get(f"{sign}{hours}:{minutes:02}")
    if hours == 0:
        return "Etc/UTC"
    if hours > (_HOURS_EAST_MAX if sign == "+" else _HOURS_WEST_MAX):
        return None
    # POSIX counts westwards: https://data.iana.org/time-zones/tzdb/etcetera
    return f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"


@lru_cache(maxsize=16)
def _known(language: str) -> dict[str, str]:
    """Return the names of all zones as they may be typed, folded: whole, and by their cities in a language."""
    zones = sorted(available_timezones())
    known = {_plain(zone.rpartition("/")[2]): zone for zone in zones if _PLACES_ONLY.fullmatch(zone)}
    known |= {_plain(_city(zone, language)): zone for zone in zones if _PLACES_ONLY.fullmatch(zone)}
    return known | {_plain(zone): zone for zone in zones}


def _city(zone: str, language: str) -> str:
    """Return the city that a zone is named for, as CLDR writes it in a language."""
    from babel import Locale  # 70 ms, for those alone who choose a time zone

    named = Locale.parse(language).time_zones.get(zone, {}).get("city")
    return str(named or zone.rpartition("/")[2].replace("_", " "))


def _plain(words: str) -> str:
    """Return words without what people leave out: capitals, accents, underscores, more than one space, a true minus."""
    spaced = re.sub(r"[\s_]+", " ", words.strip().replace("\N{MINUS SIGN}", "-").replace("\N{EN DASH}", "-"))
    apart = unicodedata.normalize("NFKD", spaced.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))
