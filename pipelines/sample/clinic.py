"""The fictional clinic: its sites, therapists, pseudonyms and calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

# A row of an export: the export's name, and the values by column; a column not given is left blank.
Row = tuple[str, dict[str, object]]

SITES = ("Northside", "Harbor", "Mill Street")
THERAPISTS_A_SITE = 4
CLIENTS_A_THERAPIST = 15
_LETTERS = "ACDEFHJKLMNPQRTUVWXY34679"
_LENGTH = 5

# How long after its Monday a weekday is; 0 is Monday.
DAYS = tuple(timedelta(days=n) for n in range(7))


@dataclass(frozen=True)
class Clinic:
    """A clinic of some size; its exports go from `first_day`, a Monday, to `last_day`, a Sunday."""

    clients: int
    first_day: date
    last_day: date
    seed: int

    def chance(self, *about: object) -> Random:
        """A source of chance of its own for each thing, the same in every run and on every machine."""
        return Random("/".join(map(str, (self.seed, *about))))

    @cached_property
    def weeks(self) -> int:
        """How many weeks the exports cover."""
        return ((self.last_day - self.first_day).days + 1) // 7

    @property
    def therapists(self) -> int:
        """How many therapists share the clients."""
        return max(len(SITES) * THERAPISTS_A_SITE, -(-self.clients // CLIENTS_A_THERAPIST))

    def therapist(self, number: int) -> str:
        """The code of the therapist of a client."""
        return f"T{number % self.therapists + 1:02}"

    def site(self, number: int) -> str:
        """The site of a client: that of the therapist."""
        return self._site(number % self.therapists // THERAPISTS_A_SITE)

    def _site(self, place: int) -> str:
        return SITES[place] if place < len(SITES) else f"Site {place + 1}"

    def pseudonym(self, number: int) -> str:
        """A client's pseudonym: it looks random, is unique and reveals nothing about the person."""
        base = len(_LETTERS)
        size = base**_LENGTH
        # Multiplying by a number without a factor of the size, and turning the digits round, keep every code apart.
        code = (number * 6_035_207 + 7_340_011 + self.seed * 104_729) % size
        code = sum(code // base**place % base * base ** (_LENGTH - 1 - place) for place in range(_LENGTH))
        code = code * 3_726_911 % size
        return "MW-" + "".join(_LETTERS[code // base**place % base] for place in range(_LENGTH))

    def week(self, number: int) -> date:
        """The Monday of a week, counted from the first."""
        return self.first_day + timedelta(days=7 * number)

    @cached_property
    def mondays(self) -> tuple[date, ...]:
        """The Mondays of the weeks that the exports cover."""
        return tuple(map(self.week, range(self.weeks)))

    def is_holiday(self, monday: date) -> bool:
        """Whether people travel in that week: Thanksgiving, Christmas, New Year."""
        return (monday.month, monday.day) >= (12, 20) or (monday.month == 11 and 19 <= monday.day <= 25)

    def reports(self, site: str, monday: date) -> bool:
        """Whether a site's attendance and check-ins of a week came; one week of the second site never did."""
        return site != SITES[1] or monday != self._lost_week

    @cached_property
    def _lost_week(self) -> date:
        return self.week(max(self.weeks - 16, 0))

    @cached_property
    def reminders_from(self) -> date:
        """The day from which the clinic reminds clients of their check-ins, half-way through."""
        return self.week(self.weeks // 2)

    @cached_property
    def _storm(self) -> tuple[date, date]:
        first = self.week(max(self.weeks - 36, 0))
        return first, first + timedelta(days=4)

    @cached_property
    def _christmas(self) -> tuple[date, date]:
        year = self.last_day.year - 1
        return date(year, 12, 24), date(year, 12, 26)

    def closed_days(self, site: str) -> frozenset[date]:
        """The days on which a site was closed."""
        closed = [self._christmas, self._storm] if site == SITES[2] else [self._christmas]
        return frozenset(first + DAYS[n] for first, last in closed for n in range((last - first).days + 1))

    def closures(self) -> Iterator[Row]:
        """The days on which sites were closed, as far as the exports reach back."""
        sites = [self._site(place) for place in range(-(-self.therapists // THERAPISTS_A_SITE))]
        closed = [(site, self._christmas, "holiday") for site in sites]
        for site, (first, last), reason in [(SITES[2], self._storm, "closure"), *closed]:
            if first >= self.first_day:
                yield "absences", {"site": site, "start_date": first, "end_date": last, "reason": reason}
