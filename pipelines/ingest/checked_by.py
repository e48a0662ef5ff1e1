"""What the rows of a file were checked by, as the ledger of files has it: `CONTRACT`, `CONTRACT with WORDS on DAY`."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

_WITH, _ON = " with ", " on "

# Without the day, in SQL.
WITHOUT_DAY = f"split_part(checked_by, '{_ON}', 1)"


class CheckedBy(NamedTuple):
    """The contract, as a digest; and what it also depends on whether, and with which reason, some rows are rejected.

    `words`: those that are no names, as a digest. `as_of`: the day up to which the data go.
    """

    contract: str
    words: str
    as_of: date

    def noted(self, *, by_words: bool, waiting: bool) -> str:
        """As the ledger has it: with the words if any row or reason depends on them, with the day if rows wait for
        theirs.
        """
        return self.contract + (f"{_WITH}{self.words}" if by_words else "") + (f"{_ON}{self.as_of}" if waiting else "")

    def is_that_of(self, noted: str) -> bool:
        """Whether it is what the ledger notes of an earlier run, as far as the file's rows depended on it."""
        return any(noted == self.noted(by_words=b, waiting=w) for b in (False, True) for w in (False, True))


def waits(noted: str, as_of: date) -> bool:
    """Whether rows of the file wait for a day after this one, up to which the data went."""
    return noted.endswith(f"{_ON}{as_of}")
