"""Whether a text names a person, by the words of names.txt and the words around them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

NAMES = Path(__file__).with_name("names.txt")

_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "pastor", "herr", "frau", "senor", "senora", "sra", "mme")
)
_PARTICLE = re.compile(r"(de|la|del|las|los|van|von|der|den|da|di|dos|du|el|bin|ben|st|-)", re.IGNORECASE)
# What names of places begin with: Santa Rosa, Lake Charles.
_SAINT = re.compile(r"(st|st\.|saint|saints|san|santa|mount|mt|mt\.|fort|camp|lake|port)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*\.?|\d+|[^\s\w]|_")


@cache
def _lexicon() -> dict[str, frozenset[str]]:
    """The sections of names.txt: title → words, or phrases."""
    sections: dict[str, list[str]] = {}
    for line in NAMES.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            section.extend(line.split(" | ") if "public" in sections else line.split())
    return {title: frozenset(entries) for title, entries in sections.items()}


@cache
def _public() -> re.Pattern[str]:
    phrases = "|".join(r"\.?[ -]".join(phrase.split()) for phrase in sorted(_lexicon()["public"]))
    return re.compile(rf"\b({phrases})\b", re.IGNORECASE)


@cache
def _opening() -> frozenset[str]:
    """Every text that names a person holds one of these words."""
    return _lexicon()["given"] | _lexicon()["given, also a word"] | _TITLES


def _word(token: str) -> str:
    """A token as the lexicon has it: a possessive loses its ending, O'Brien its apostrophe."""
    return token.lower().rstrip(".").removesuffix("'s").replace("'", "")


def is_given_name(token: str) -> bool:
    """A given name that means nothing else: Maria, but neither Grace nor Austin."""
    return _word(token) in _lexicon()["given"]


def is_surname(token: str) -> bool:
    """A surname that means nothing else: Lopez, but not Hill."""
    return _word(token) in _lexicon()["surname"]


def may_be_given(token: str) -> bool:
    """A given name, even if it is also a word, a place or a substance."""
    return is_given_name(token) or _word(token) in _lexicon()["given, also a word"]


def may_be_surname(token: str) -> bool:
    """A surname, even if it is also a word."""
    return is_surname(token) or _word(token) in _lexicon()["surname, also a word"]


def may_name(text: str) -> bool:
    """Whether a word, in any case, is a person's name, even if it is also another word."""
    found = set(re.findall("[a-z]+", text.lower())) - {"in", "an", "of", "to"}
    return any(may_be_given(word) or may_be_surname(word) for word in found)


def is_public(text: str) -> bool:
    """A founder, an author, a drink, an eponym or a place that a topic, a substance or a site may name."""
    return bool(_public().search(text))


def without_public(text: str) -> str:
    """The text with a stroke in place of the names that it may name: founders, authors, drinks, eponyms and places."""
    return _public().sub("/", text)


def is_full_name(first: str, last: str) -> bool:
    """A given name and a surname that mean nothing else, in either order."""
    return (is_given_name(first) and is_surname(last)) or (is_given_name(last) and is_surname(first))


def is_half_known(first: str, last: str) -> bool:
    """Two words, one of them a name, unless they read as a place, a thing or a public name (Hill Clinic)."""
    thing = _word(last) in _lexicon()["not a surname"] or _SAINT.fullmatch(first) or is_public(f"{first} {last}")
    return not thing and (may_be_given(first) or is_surname(last))


def names_a_person(text: str) -> bool:
    """A given name before a surname, `Surname, Given`, or a title before a surname, anywhere in the text."""
    if _opening().isdisjoint(re.findall("[a-z]+", text.lower())):
        return False
    tokens = _TOKEN.findall(without_public(text))
    return any(
        _is_titled(tokens, n) or _is_given_first(tokens, n) or _is_surname_first(tokens, n)
        for n in range(len(tokens) - 1)
        if not any(map(_SAINT.fullmatch, tokens[max(0, n - 1) : n + 1]))
    )


def _is_titled(tokens: list[str], n: int) -> bool:
    """Dr. Smith, Ms J Lopez, mr jones."""
    return _word(tokens[n]) in _TITLES and any(
        (is_surname(tokens[last]) or (tokens[last][0].isupper() and may_be_surname(tokens[last])))
        and not _place_follows(tokens, last)
        for last in range(n + 1, min(n + 3, len(tokens)))
    )


def _is_given_first(tokens: list[str], n: int) -> bool:
    """John Smith, John Q. Smith, Anna-Maria de la Cruz."""
    if not may_be_given(tokens[n]) or tokens[n].lower().endswith("'s"):
        return False
    last = n + 1
    while last < len(tokens) and (
        _PARTICLE.fullmatch(tokens[last])
        or re.fullmatch(r"[^\W\d_]\.?", tokens[last])
        or (last <= n + 2 and (may_be_given(tokens[last]) or tokens[last - 1] == "-"))
    ):
        last += 1
    return any(_is_surname_of(tokens, n, place) for place in {last, last - 1} - {n, len(tokens)})


def _is_surname_of(tokens: list[str], n: int, last: int) -> bool:
    """Whether the token at `last` is the surname that goes with the given name at `n`.

    A known surname goes with any given name. One that is also a word goes only with a given name that means nothing
    else, both capitalised; so does an unknown word, if the text holds only the two.
    """
    word = _word(tokens[last])
    thing = word in _lexicon()["not a surname"] or _place_follows(tokens, last)
    if thing or not word.isalpha() or len(word) < 2:
        return False
    whole = n == 0 and last == len(tokens) - 1 and len(word) > 2
    capital = tokens[n][0].isupper() and tokens[last][0].isupper()
    return is_surname(word) or (is_given_name(tokens[n]) and capital and (whole or may_be_surname(word)))


def _is_surname_first(tokens: list[str], n: int) -> bool:
    """Lopez, Maria; and Lopez Maria, if the text holds nothing else."""
    if n == 0 and len(tokens) in (2, 3) and is_surname(tokens[0]) and is_given_name(tokens[-1]) and tokens[1] != "-":
        return True
    if n + 2 >= len(tokens) or tokens[n + 1] != ",":
        return False
    last, given = tokens[n], tokens[n + 2]
    if is_surname(last) and (is_given_name(given) or (n == 0 and may_be_given(given))):
        return True
    whole = n == 0 and len(tokens) <= 5 and last[0].isupper() and given[0].isupper() and last.isalpha()
    return whole and is_given_name(given) and not is_given_name(last) and _word(last) not in _lexicon()["not a surname"]


def _place_follows(tokens: list[str], n: int) -> bool:
    """Whether the name that ends at `n` is that of a place: Mary Hill Clinic; but John Smith's house is a person's."""
    return (
        n + 1 < len(tokens)
        and _word(tokens[n + 1]) in _lexicon()["not a surname"]
        and tokens[n + 1][0].isupper()
        and not tokens[n].lower().endswith("'s")
    )
