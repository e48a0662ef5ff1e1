"""A workbook's number formats: a number as the sheet shows it, in plain digits, or None if it cannot be known.

`00000` makes 00123 of 123, which is another client; `0.0` makes 1.0 of 1, which is another level of care. Separators of
thousands, colours and blank widths are left out; dates are written as an export writes them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

# Formats that every workbook has without declaring them, by number (ECMA-376, part 1, 18.8.30). The standard leaves out
# 5 to 8 and 41 to 44, which are amounts of money in every spreadsheet.
_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)', 6: '"$"#,##0_);[Red]("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)', 8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),  # dates of East Asian calendars
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)",
    41: r'_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)',
    42: r'_("$"* #,##0_);_("$"* \(#,##0\);_("$"* "-"_);_(@_)',
    43: r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)',
    44: r'_("$"* #,##0.00_)_("$"* \(#,##0.00\)_("$"* "-"??_)_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
    59: "0", 60: "0.00", 61: "#,##0", 62: "#,##0.00", 67: "0%", 68: "0.00%",  # Thai
}  # fmt: skip

MOST_DIGITS = 15  # a workbook's number keeps no more of them

_TOKEN = re.compile(
    r'"(?P<literal>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>general|standard)'
    r"|(?P<digits>[0#?]+)|(?P<scientific>e[+-])|(?P<ampm>am/pm|a/p)|(?P<date>[ymdhsbge]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_COLOUR = re.compile(
    r"black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|dbnum\d|\$[^\d]*(-[0-9a-f]+)?", re.IGNORECASE
)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)


def builtin(number: int) -> str | None:
    """The format with that number that every workbook has; None if there is none."""
    return _BUILT_IN.get(number)


def shown(value: Decimal, number_format: str, since_1904: bool) -> str | None:
    """The number as the sheet shows it, None if it cannot be known."""
    sections = _sections(number_format)
    if sections is None or not sections:
        return None
    first = sections[0]
    if _is_date(first):
        return _as_date(value, first, since_1904)
    if value < 0 and len(sections) > 1:
        return _as_number(value, sections[1])
    if value == 0 and len(sections) > 2:
        # Accounting shows a dash for zero, but in an export a dash means unknown.
        zero = "".join(text for kind, text in sections[2] if kind == "literal").strip()
        digits = "".join(text for kind, text in sections[2] if kind == "digits")
        none = not digits.strip("?") and not zero.strip("-–— ")
        return _as_number(value, first if none and zero else sections[2])
    return _as_number(value, first)


def general(value: Decimal) -> str:
    """A number without a format."""
    if value == value.to_integral_value():
        return str(int(value))
    text = f"{Decimal(f'{value:.15g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_Section = list[tuple[str, str]]


@cache
def _sections(number_format: str) -> list[_Section] | None:
    """The format's sections (positive; negative; zero; text), each as kinds and texts; None for what is not known."""
    sections: list[_Section] = [[]]
    for found in _TOKEN.finditer(number_format):
        kind, text = found.lastgroup, found[0]
        if kind == "bracket":
            if _ELAPSED.fullmatch(found["bracket"]):
                sections[-1].append(("elapsed", found["bracket"].lower()))
            elif found["bracket"].startswith("$") and "-" in found["bracket"] and len(found["bracket"]) > 2:
                continue  # a language, or a currency of one
            elif not _COLOUR.fullmatch(found["bracket"]):
                return None  # a condition
        elif kind in ("literal", "escaped"):
            sections[-1].append(("literal", found[kind]))
        elif kind == "other" and text == ";":
            sections.append([])
        elif kind == "other":
            sections[-1].append((text if text in ".,%@/" else "literal", text))
        elif kind is not None:
            sections[-1].append((kind, text))
    return sections if len(sections) <= 4 else None


def _is_date(section: _Section) -> bool:
    return any(kind in ("date", "ampm", "elapsed") for kind, _ in section)


def _as_date(value: Decimal, section: _Section, since_1904: bool) -> str | None:
    letters = "".join(text.lower() for kind, text in section if kind == "date")
    elapsed = any(kind == "elapsed" for kind, _ in section)
    timed = elapsed or any(letter in letters for letter in "hs") or any(kind == "ampm" for kind, _ in section)
    dated = any(letter in letters for letter in "ydbge") or ("m" in letters and not timed)
    if value < 0 or value >= 2_958_466 or (elapsed and (dated or value >= 1)):
        return None
    if not dated:
        moment = datetime(2000, 1, 1) + _rounded(value % 1)
        return moment.time().isoformat()
    epoch = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    if not since_1904 and value < 61:
        return None  # spreadsheets count a 29 February 1900, which never existed
    moment = epoch + _rounded(value)
    if not timed or moment.time().isoformat() == "00:00:00":
        return moment.date().isoformat()
    return moment.isoformat(" ")


def _rounded(days: Decimal) -> timedelta:
    return timedelta(seconds=int((days * 86_400).to_integral_value(ROUND_HALF_UP)))


def _as_number(value: Decimal, section: _Section) -> str | None:
    kinds = [kind for kind, _ in section]
    if "scientific" in kinds or "/" in kinds or kinds.count(".") > 1:
        return None
    if "@" in kinds or "general" in kinds:
        return "".join(
            general(value) if kind in ("@", "general") else text for kind, text in section if kind != ","
        ).strip()
    if "digits" not in kinds:
        literal = "".join(text for kind, text in section if kind == "literal").strip()
        return literal or None
    digits = [n for n, kind in enumerate(kinds) if kind == "digits"]
    if any(kind == "," and n > digits[-1] for n, kind in enumerate(kinds)):
        return None  # thousands, or millions, of what is shown
    percent = kinds.count("%")
    number = abs(value) * 100**percent
    point = kinds.index(".") if "." in kinds else len(kinds)
    whole = "".join(text for n, (kind, text) in enumerate(section) if kind == "digits" and n < point)
    after = "".join(text for n, (kind, text) in enumerate(section) if kind == "digits" and n > point)
    rounded = number.quantize(Decimal(1).scaleb(-len(after)), ROUND_HALF_UP)
    integer, _, decimals = f"{rounded:f}".partition(".")
    kept = len(after.rstrip("#?"))
    while len(decimals) > kept and decimals.endswith("0"):
        decimals = decimals[:-1]
    integer = integer.lstrip("0").rjust(whole.count("0"), "0") or "0"
    text = _placed(integer, section[:point]) + (f".{decimals}" if decimals else "")
    text += "".join("%" if kind == "%" else part for kind, part in section[point:] if kind in ("literal", "%"))
    text = text.replace("(", "").replace(")", "") if value < 0 else text
    return f"-{text.strip().lstrip('-')}" if value < 0 else text.strip()


def _placed(integer: str, section: _Section) -> str:
    """The digits before the point as the format places them, with the signs that it puts between them."""
    signs = [(kind, sign) for kind, text in section for sign in (text if kind == "digits" else [text]) if kind != ","]
    places = [n for n, (kind, _) in enumerate(signs) if kind == "digits"]
    if not places:
        return integer
    texts = ["%" if kind == "%" else sign if kind == "literal" else "" for kind, sign in signs]
    surplus = len(integer) - len(places)
    for n, place in enumerate(places):
        at = n + surplus
        texts[place] = integer[: surplus + 1] if n == 0 and surplus > 0 else integer[at] if at >= 0 else ""
    return "".join(texts)
