"""Words known not to be names. Any other capitalised word in people's own text may be one.

No list of names is ever complete, and a name that is not on the list, or is in another script, is in no dictionary.
Meshwork asks about such a text, and the clinic accepts the words that are not names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipelines import arrays
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.errors import ActionableError
from pipelines.ingest import persons
from pipelines.ingest.plain import plain

WORDS = Path(__file__).with_name("dictionary.txt")

ASKS = (
    "may hold a name: a word with a capital that is in no dictionary, or in another script. Take a name out; a word "
    "that is none can be accepted with `--accept-words`"
)
# How British spellings differ from the list's.
_SPELLINGS = (("our", "or"), ("is", "iz"), ("ys", "yz"), ("tre", "ter"), ("lled", "led"), ("lling", "ling"))
_LONGEST_ACRONYM = 5
# Words of a file's name that are too short to be anybody's, unless they are a name.
_SHORT = 3

# An abbreviation without a vowel is nobody's: dttm, chrg.
_UNSPOKEN = re.compile("[b-df-hj-np-tv-xz]{1,6}")

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ENDING = re.compile(r"(n't|'(s|m|re|ll|ve|d|t))$")
# What a word of a file's name may begin with, run together with another: `northside`, `sessionnotes`.
_BEGINNING = re.compile(
    rf"north|south|east|west|mid|up|down|{'|'.join(name.removesuffix('s') + 's?' for name in exports())}"
)
_NUMBER = re.compile(r"\d{6,}")
_DAY_OR_TIME = re.compile(r"20\d\d(0[1-9]|1[0-2])(\d\d(\d{4,6})?)?|\d{4}20\d\d|([01]\d|2[0-3])([0-5]\d){2}")


class WordsError(ActionableError):
    """A file of words that cannot be read."""


@dataclass(frozen=True)
class Dictionary:
    """The words that are not names. `accepted`: those that a clinic adds, and phrases such as an author's name."""

    accepted: frozenset[str] = field(default_factory=frozenset)

    @property
    def fingerprint(self) -> str:
        """A digest of the accepted words, with which texts were compared."""
        return hashlib.sha256(repr(sorted(self.accepted)).encode()).hexdigest()

    def knows(self, word: str) -> bool:
        """Whether a word, in any case, is in the dictionary."""
        text = _ENDING.sub("", word.lower()).replace("'", "")
        spelled = (text, *(text.replace(british, american) for british, american in _SPELLINGS))
        stems = {each.removesuffix(ending) for each in spelled for ending in ("", "s", "ed", "d")}
        return not stems.isdisjoint(_words()) or not stems.isdisjoint(self.accepted)

    def knows_all(self, text: str) -> bool:
        """Whether each word of a text is in the dictionary, or too short to be anybody's."""
        return all(map(self._is_usual, _WORD.findall(text)))

    def asks(self, text: str) -> bool:
        """Whether a text holds a word with a capital, or of another script, that the dictionary does not know."""
        rest = persons.without_public(plain(text))
        for phrase in (each for each in self.accepted if " " in each):
            rest = re.sub(rf"\b{re.escape(phrase)}\b", "/", rest, flags=re.IGNORECASE)
        return any(self._may_name(word) for word in _WORD.findall(rest))

    def _may_name(self, word: str) -> bool:
        if not word.isascii():
            return not self.knows(word)
        if not word[0].isupper() or len(word) == 1:
            return False
        name = persons.is_given_name(word) or persons.is_surname(word)
        acronym = word.isupper() and len(word) <= _LONGEST_ACRONYM and not name
        return not acronym and not self.knows(word)

    def masked(self, name: str, number: int) -> str:
        """The name of a file, with the number in place of anything but words, days and short numbers.

        `attendance_quillfeather_2026-10.csv` becomes `attendance_[3]_2026-10.csv`; an ordinary name stays as it is.
        """
        mask = f"[{number}]"
        found = _WORD.sub(lambda letters: letters[0] if self._is_usual(letters[0]) else mask, name)
        found = _NUMBER.sub(lambda digits: digits[0] if _DAY_OR_TIME.fullmatch(digits[0]) else mask, found)
        return re.sub(rf"{re.escape(mask)}([\W_]*{re.escape(mask)})+", mask, found)

    def _is_usual(self, letters: str) -> bool:
        return all(
            self.knows(word)
            or ((begins := _BEGINNING.match(word.lower())) and self.knows(word[begins.end() :]))
            or (len(word) <= _SHORT and word.isascii() and not persons.is_given_name(word))
            or _UNSPOKEN.fullmatch(word.lower())
            for word in _CAMEL.split(plain(letters).replace("'", ""))
        )


def accepted_in(path: Path) -> frozenset[str]:
    """The words and phrases of a file, one a line; `#` begins a remark. Empty without the file. Raises WordsError."""
    if not path.exists():
        return frozenset()
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise WordsError(f"The words to accept cannot be read: {path.name} is no text file in UTF-8.") from None
    texts = (plain(line.partition("#")[0]).lower() for line in lines)
    return frozenset(text for text in texts if text)


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """All words of some texts, as they are accepted."""
    return frozenset(word.lower() for text in texts for word in _WORD.findall(plain(text)))


class Asked(NamedTuple):
    """What became of a column's texts: how many rows were rejected for a word that may be a name, and whether accepted
    words decide that of any text, one way or the other.
    """

    rows: int
    words_decide: bool


def reject_asked(engine: Engine, typed: str, rejected: str, column: str, dictionary: Dictionary) -> Asked:
    """Put the rows of `typed` with a text that may name somebody into `rejected`, unless they are there already."""
    capital = "[A-Z]|[^\\x00-\\x7f]"
    texts = engine.rows(f"SELECT DISTINCT {column} FROM {typed} WHERE regexp_matches({column}, '{capital}')")
    asked = [text for (text,) in texts if dictionary.asks(text)]
    if not asked:
        without = Dictionary()
        return Asked(0, any(without.asks(text) for (text,) in texts))
    engine.load("asked", pa.table({"text": arrays.column(asked)}))
    rows = int(
        engine.value(
            f"INSERT INTO {rejected} SELECT line, $column, $fault FROM {typed} ANTI JOIN {rejected} USING (line)"
            f" WHERE {column} IN (SELECT text FROM asked)",
            {"column": column, "fault": f"{column} {ASKS}"},
        )
    )
    engine.run("DROP TABLE asked")
    return Asked(rows, True)


@cache
def _words() -> frozenset[str]:
    lines = WORDS.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith(("#", "[")) for word in line.split())
