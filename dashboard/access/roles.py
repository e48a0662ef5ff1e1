"""Who has which role: `roles.toml` in the home. People whom no rule names have no role and see nothing.

A rule names a person by e-mail, or people by a claim of the clinic's identity provider, and gives one role:

    [[allow]]
    email = "dana@clinic.example"
    role = "therapist"
    therapist_id = "T07"

    [[allow]]
    claim = "groups"
    value = "clinic-directors"
    role = "director"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from dashboard.queries.reach import Reach
from pipelines.errors import ActionableError

FILE = "roles.toml"

Name = Literal["therapist", "supervisor", "director", "reporting", "steward"]
Page = Literal["caseload", "client", "director", "trends", "pathway", "sobriety", "report", "task_sheet", "data"]

# What each role sees, the first page first. A director sees a client's page only after giving a reason.
PAGES: Mapping[Name, tuple[Page, ...]] = {
    "therapist": ("caseload", "client", "task_sheet"),
    "supervisor": ("caseload", "client", "task_sheet"),
    "director": ("director", "trends", "pathway", "sobriety", "report", "data", "client", "task_sheet"),
    "reporting": ("report",),
    "steward": ("data",),
}

# Who may see a network's page: people who see what leaves a clinic, in each of its clinics.
OF_A_NETWORK: frozenset[Name] = frozenset({"director", "reporting"})

_KEYS = {"email", "claim", "value", "role", "therapist_id", "therapist_id_claim", "therapists"}
_MINUTES = {"idle_minutes": (1, 120), "longest_minutes": (5, 24 * 60)}


class RolesError(ActionableError):
    """Roles that cannot be used; the message is a sentence for the person who wrote them."""


@dataclass(frozen=True)
class Role:
    """A role that somebody has. `therapists`: whose clients a therapist or a supervisor sees."""

    name: Name
    therapists: tuple[str, ...] = ()

    @property
    def reach(self) -> Reach:
        """How far it sees into a snapshot."""
        match self.name:
            case "therapist" | "supervisor":
                return Reach(therapists=self.therapists)
            case "director":
                return Reach(groups=True, counted=True, ledgers=True)
            case "reporting":
                return Reach(groups=True, counted=True)
            case "steward":
                return Reach(ledgers=True)


@dataclass(frozen=True)
class Rule:
    """Whom a rule names, by a claim and its value (an e-mail is the claim `email`), and the role that it gives them.

    `therapist_id_claim`: the claim that says which therapist the person is.
    """

    claim: str
    value: str
    role: Role
    therapist_id_claim: str | None = None

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The role that the rule gives to the person with these claims; None if it names somebody else."""
        if self.claim == "email" and claims.get("email_verified") is False:
            return None
        given = claims.get(self.claim)
        values = given if isinstance(given, list | tuple) else [given]
        if self.value.casefold() not in {str(value).casefold() for value in values if value is not None}:
            return None
        if self.therapist_id_claim is None:
            return self.role
        therapist_id = claims.get(self.therapist_id_claim)
        return Role(self.role.name, (therapist_id,)) if isinstance(therapist_id, str) and therapist_id else None


@dataclass(frozen=True)
class Roles:
    """All rules, and how long a session lasts: without a click, and in all."""

    rules: tuple[Rule, ...] = ()
    idle_minutes: int = 15
    longest_minutes: int = 12 * 60

    def of(self, claims: Mapping[str, Any]) -> tuple[Role, ...]:
        """The roles of the person with these claims, in the order of the rules; none if no rule names the person.

        Several rules that make a person a therapist or a supervisor are one role, for the clients of all those
        therapists.
        """
        found: dict[Name, tuple[str, ...]] = {}
        for rule in self.rules:
            role = rule.role_of(claims)
            if role is not None:
                found[role.name] = tuple(dict.fromkeys((*found.get(role.name, ()), *role.therapists)))
        if {"therapist", "supervisor"} <= set(found):
            found["supervisor"] = tuple(dict.fromkeys((*found.pop("therapist"), *found["supervisor"])))
        return tuple(Role(name, therapists) for name, therapists in found.items())


@dataclass(frozen=True)
class RolesInAll(Roles):
    """The roles in a network: the same role in all its clinics, for people to whom each of them gives it."""

    every: tuple[Roles, ...] = ()

    def of(self, claims: Mapping[str, Any]) -> tuple[Role, ...]:
        """The role of a director, else that of reporting, if every clinic gives the person one of them; else none."""
        given = [{role.name for role in each.of(claims)} & OF_A_NETWORK for each in self.every]
        if not given or not all(given):
            return ()
        return (Role("director" if all("director" in names for names in given) else "reporting"),)


def load_all(homes: Sequence[Path]) -> Roles:
    """The roles of the network of several homes; the shortest session holds. Raises RolesError."""
    every = tuple(load(home) for home in homes)
    if not every:
        return Roles()
    idle, longest = min(each.idle_minutes for each in every), min(each.longest_minutes for each in every)
    return RolesInAll((), idle, longest, every)


def load(home: Path) -> Roles:
    """The roles of a home; nobody has one if there is no file. Raises RolesError."""
    path = home / FILE
    if not path.exists():
        return Roles()
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RolesError(f"{FILE} cannot be read as TOML: {error}.") from None
    rules = given.pop("allow", [])
    minutes: dict[str, int] = {}
    for key, value in given.items():
        if key not in _MINUTES:
            raise RolesError(f"{FILE}: there is no setting {key!r}; there are allow, {', '.join(_MINUTES)}.")
        least, most = _MINUTES[key]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise RolesError(f"{FILE}: {key} must be a whole number from {least} to {most}.")
        minutes[key] = value
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise RolesError(f"{FILE}: rules are tables, each beginning with [[allow]].")
    return Roles(tuple(_rule(f"{FILE}, rule {n}", rule) for n, rule in enumerate(rules, 1)), **minutes)


def _rule(where: str, given: Mapping[str, Any]) -> Rule:
    for key in given:
        if key not in _KEYS:
            raise RolesError(f"{where}: there is no {key!r}; there are {', '.join(sorted(_KEYS))}.")
    texts = {key: given.get(key, "") for key in _KEYS - {"therapists"}}
    if not all(isinstance(text, str) for text in texts.values()):
        raise RolesError(f"{where}: {', '.join(sorted(texts))} must be texts.")
    by_email, by_claim = bool(texts["email"].strip()), bool(texts["claim"].strip() and texts["value"].strip())
    if by_email == by_claim:
        raise RolesError(f"{where}: name people by email, or by claim and value.")
    if texts["role"] not in get_args(Name):
        raise RolesError(f"{where}: role must be one of {', '.join(get_args(Name))}.")
    name: Name = texts["role"]
    therapists = given.get("therapists", [])
    if not isinstance(therapists, list) or not all(isinstance(each, str) and each for each in therapists):
        raise RolesError(f"{where}: therapists must be a list of texts.")
    own, claimed = texts["therapist_id"], texts["therapist_id_claim"]
    if name == "therapist" and (bool(own) == bool(claimed) or therapists):
        raise RolesError(f"{where}: a therapist needs a therapist_id, or a therapist_id_claim that holds it.")
    if name == "supervisor" and (not therapists or own or claimed):
        raise RolesError(f"{where}: a supervisor needs therapists, a list of their ids.")
    if name not in ("therapist", "supervisor") and (own or claimed or therapists):
        raise RolesError(f"{where}: the role {name} takes no therapists.")
    claim, value = ("email", texts["email"].strip()) if by_email else (texts["claim"].strip(), texts["value"].strip())
    return Rule(claim, value, Role(name, (own,) if own else tuple(therapists)), claimed or None)
