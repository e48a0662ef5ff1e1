"""How a mapping profile says that dates and times are written: in the signs of `strptime`, or as MM/DD/YYYY."""

from __future__ import annotations

import re

from pipelines.errors import ActionableError

_YEAR, _MONTH, _DAY = {"%Y", "%y", "%-y"}, {"%m", "%-m", "%b", "%h", "%B"}, {"%d", "%-d"}
_DAY_OF_YEAR, _WEEK = {"%j", "%-j"}, {"%G", "%V", "%u"}
_HOUR, _HOUR_OF_TWELVE, _HALF = {"%H", "%-H"}, {"%I", "%-I"}, {"%p"}
# These hold a whole day or a whole time: 2026-10-31, 19:30:00, and both.
_WHOLE_DAY, _WHOLE_TIME = {"%x", "%c"}, {"%X", "%T", "%c"}
_OTHER = {"%a", "%A", "%w", "%U", "%W", "%M", "%-M", "%S", "%-S", "%f", "%g", "%n", "%%"}
_ZONE = {"%z", "%Z"}
SIGNS = (
    _YEAR | _MONTH | _DAY | _DAY_OF_YEAR | _WEEK | _HOUR | _HOUR_OF_TWELVE | _HALF | _WHOLE_DAY | _WHOLE_TIME | _OTHER
)

# As calendars and spreadsheets write a format; MM after the hour is the minutes.
_WORDS = {
    "yyyy": "%Y", "yy": "%y", "mmmm": "%B", "mmm": "%b", "mm": "%m", "m": "%m", "dd": "%d", "d": "%d", "hh": "%H",
    "h": "%H", "ss": "%S", "am/pm": "%p",
}  # fmt: skip
_WORD = re.compile("am/pm|y{4}|yy|m{1,4}|dd?|hh?|ss|[a-z]", re.IGNORECASE)


class FormatError(ActionableError):
    """A format that cannot be used; the message follows the setting's name in a sentence."""


def date_format(text: str) -> str:
    """A format of dates in the signs of `strptime`. Raises FormatError for one that does not say which day it is."""
    made, signs = _in_signs(text, "%m/%d/%Y or MM/DD/YYYY")
    whole = signs & _YEAR and (signs & _DAY_OF_YEAR or (signs & _MONTH and signs & _DAY))
    if not (whole or signs >= _WEEK or signs & _WHOLE_DAY):
        raise FormatError("must hold the year, the month and the day, such as %m/%d/%Y: no day is made up")
    return made


def time_format(text: str) -> str:
    """A format of times in the signs of `strptime`. Raises FormatError for one that does not say which hour it is."""
    made, signs = _in_signs(text, "%I:%M %p or HH:MM")
    if not signs & (_HOUR | _HOUR_OF_TWELVE | _WHOLE_TIME):
        raise FormatError("must hold the hour, such as %H:%M")
    if signs & _HOUR_OF_TWELVE and not signs & (_HALF | _HOUR):
        raise FormatError("must say whether it is am or pm (%p), or hold the hour of 24 (%H)")
    return made


def _in_signs(text: str, such_as: str) -> tuple[str, set[str]]:
    """The format in signs, and which. Raises FormatError for unknown ones."""
    made = text if "%" in text else _of_words(text)
    signs = re.findall("%-?.?", made)
    for sign in signs:
        if sign in _ZONE:
            # Which day it is would depend on the zone, and a wrong day shows nowhere.
            raise FormatError(f"must not hold a time zone ({sign}): export dates and times as they are at the clinic")
        if sign not in SIGNS:
            raise FormatError(f"holds {sign!r}, which is not a known sign: write it like {such_as}")
    return made, set(signs)


def _of_words(text: str) -> str:
    found = list(_WORD.finditer(text))
    words = [each[0].lower() for each in found]
    signs = [_WORDS.get(word, "") for word in words]
    for n, word in enumerate(words):
        if word in ("mm", "m") and n and signs[n - 1] in ("%H", "%I"):
            signs[n] = "%M"
    if "" in signs:
        raise FormatError("is not written in words that are known: write it like %m/%d/%Y, or MM/DD/YYYY")
    if "%p" in signs:
        signs = ["%I" if sign == "%H" else sign for sign in signs]
    in_turn = iter(signs)
    return _WORD.sub(lambda _: next(in_turn), text)
