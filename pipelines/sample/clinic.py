"""The fictional clinic: its sites, therapists, programs and calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

Row = dict[str, object]

SITES = ("Northside", "Harbor", "Mill Street")
CLIENTS_A_THERAPIST = 15
THERAPISTS_A_SITE = 4
_LETTERS = "ACDEFHJKLMNPQRTUVWXY34679"


@dataclass(frozen=True)
class Clinic:
    """A clinic of some size; the exports go from `first_day` to `last_day`, whole weeks."""

    clients: int
    first_day: date
    last_day: date
    seed: int

    def chance(self, *about: object) -> Random:
        """A source of chance of its own for each thing, the same in every run."""
        return Random("/".join(map(str, (self.seed, *about))))

    @property
    def weeks(self) -> int:
        """How many weeks the exports cover."""
        return ((self.last_day - self.first_day).days + 1) // 7

    @property
    def therapists(self) -> int:
        """How many therapists share the caseload."""
        return max(len(SITES) * THERAPISTS_A_SITE, -(-self.clients // CLIENTS_A_THERAPIST))

    def therapist(self, number: int) -> str:
        """The code of the therapist of a client."""
        return f"T{number % self.therapists + 1:02}"

    def site(self, number: int) -> str:
        """The site of a client: that of the therapist."""
        place = number % self.therapists // THERAPISTS_A_SITE
        return SITES[place] if place < len(SITES) else f"Site {place + 1}"

    def pseudonym(self, number: int) -> str:
        """A client's pseudonym: looks random, is never given twice, says nothing of the person."""
        size = len(_LETTERS) ** 5
        code = (number * 4_871_239 + 7_340_011 + self.seed * 104_729) % size  # 4,871,239 shares no factor with the size
        letters = []
        for _ in range(5):
            code, letter = divmod(code, len(_LETTERS))
            letters.append(_LETTERS[letter])
        return f"MW-{''.join(letters)}"

    def week(self, number: int) -> date:
        """The Monday of a week, counted from the first."""
        return self.first_day + timedelta(days=7 * number)

    def is_holiday(self, week: date) -> bool:
        """Whether people travel in that week: Thanksgiving, Christmas, New Year."""
        return (week.month, week.day) >= (12, 20) or (week.month == 11 and 20 <= week.day <= 26)

    @property
    def unreported(self) -> tuple[str, date]:
        """A site and a week of which no attendance and no check-in was ever exported."""
        return SITES[1], self.week(max(self.weeks - 16, 0))

    def closures(self) -> Iterator[Row]:
        """Days on which a site was closed."""
        flood = self.week(max(self.weeks - 36, 0))
        if self.weeks > 36:
            yield {"site": SITES[2], "start_date": flood, "end_date": flood + timedelta(days=4), "reason": "closure"}
        for place in range(-(-self.therapists // THERAPISTS_A_SITE)):
            christmas = date(self.last_day.year - 1, 12, 24)
            if christmas > self.first_day:
                site = self.site(place * THERAPISTS_A_SITE)
                yield {
                    "site": site,
                    "start_date": christmas,
                    "end_date": christmas + timedelta(days=2),
                    "reason": "holiday",
                }
