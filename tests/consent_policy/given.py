"""A child in a few words: `given(has_authority(M), member(S), permits(M))` makes the Grounds that a decision rests on.

Instants are texts in Amsterdam time; entries are numbered in the order given, from 1.
"""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

from consent_policy.decide import decide
from consent_policy.grounds import (
    Actor,
    Authority,
    Competence,
    Decision,
    Episode,
    GeneralInformation,
    Grounds,
    Informed,
    Membership,
    Order,
    Override,
    Referral,
    Request,
    Restriction,
    Reveal,
    SchoolYear,
    Scope,
    Screening,
    Share,
    Signal,
    StandIn,
    Statement,
    Withheld,
)
from consent_policy.instant import AMSTERDAM
from consent_policy.policy import FOLDER, Policy, load, shipped

POLICY = shipped()["2026-11"]

START = "2025-02-03T09:00"
NOON = "2025-03-03T12:00"

M, F, CHILD = "g-m", "g-f", "youth"
S = Actor("s-1", "school_social_worker", "org-a")
STRANGER = Actor("s-9", "school_social_worker", "org-b")
TEACHER = Actor("t-1", "teacher", "school-12AB")
COUNSELLOR = Actor("ib-1", "internal_counsellor", "school-12AB")
RESEARCHER = Actor("r-1", "researcher", "universiteit-leiden")
COORDINATOR = Actor("c-1", "coordinator", "GM0546")
SPECIALIST = Actor("z-1", "specialist", "ggz-rijnland")
INSTITUTION = Actor("gi-1", "specialist", "gi-west")
VEILIG_THUIS = Actor("vt-1", "specialist", "veilig-thuis")
AUDITOR = Actor("au-1", "auditor", "inspectie")
DPO = Actor("dpo-1", "dpo", "GM0546")
RECORDS = Actor("ro-1", "records_officer", "GM0546")
EVALUATOR = Actor("ev-1", "evaluator", "GM0546")
YOUTH = Actor(CHILD, "youth", "family")


def policy_with(folder: Path, said: str, instead: str, name: str = "2026-11") -> Policy:
    """The policy that the shipped file would be with some of its text changed."""
    text = (FOLDER / "2026-11.toml").read_text()
    assert said in text
    changed = folder / f"{name}.toml"
    changed.write_text(text.replace(said, instead))
    return load(changed)


def guardian(person: str) -> Actor:
    return Actor(person, "guardian", "family")


def at(text: str) -> datetime:
    """An instant as people write it, in Amsterdam unless it says an offset; kept in UTC."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=AMSTERDAM)).astimezone(UTC)


def maybe(text: str | None) -> datetime | None:
    return at(text) if text else None


FIELD_OF = {get_args(hint)[0]: name for name, hint in get_type_hints(Grounds).items() if get_args(hint)[1:] == (...,)}


def given(*facts: Any, born: str = "2014-03-01", **known: Any) -> Grounds:
    """The grounds that these facts make, about a child born on 1 March 2014 unless said otherwise."""
    grouped: dict[str, list[Any]] = {}
    for entry, fact in enumerate(facts, start=1):
        grouped.setdefault(FIELD_OF[type(fact)], []).append(replace(fact, entry=entry))
    for values in grouped.values():
        moment = next(field.name for field in fields(values[0]) if field.name in {"at", "since", "approved_at"})
        values.sort(key=lambda fact: (getattr(fact, moment), fact.entry))
    plain: dict[str, Any] = {"birth_date": date.fromisoformat(born), "municipality": "GM0546", **known}
    return Grounds("x", **plain | {name: tuple(values) for name, values in grouped.items()})


def scope(
    *categories: str,
    purpose: str = "care",
    to: str | tuple[str, ...] = "care_team",
    programme: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Scope:
    recipients = (to,) if isinstance(to, str) else to
    return Scope((purpose,), categories or ("all",), recipients, programme, maybe(since), maybe(until))  # type: ignore[arg-type]


def has_authority(person: str, when: str = START) -> Authority:
    return Authority(0, at(when), person, has_authority=True)


def has_none(person: str, when: str = START) -> Authority:
    return Authority(0, at(when), person, has_authority=False)


def competent(value: bool, when: str = START) -> Competence:
    return Competence(0, at(when), value)


def permits(person: str, *categories: str, ref: str = "c", when: str = START, **about: Any) -> Statement:
    return Statement(0, at(when), person, ref, "permit", scope(*categories, **about))


def refuses(person: str, *categories: str, ref: str = "n", when: str = START, **about: Any) -> Statement:
    return Statement(0, at(when), person, ref, "refuse", scope(*categories, **about))


def withdraws(person: str, ref: str = "c", when: str = START) -> Statement:
    return Statement(0, at(when), person, ref, "withdraw", None)


def court(person: str, *categories: str, when: str = START, **about: Any) -> StandIn:
    return StandIn(0, at(when), person, scope(*categories, **about))


def exception(*categories: str, when: str = START, **about: Any) -> StandIn:
    return StandIn(0, at(when), None, scope(*categories, **about))


def restricted(person: str, *categories: str, when: str = START, until: str | None = None) -> Restriction:
    return Restriction(0, person, at(when), maybe(until), categories or ("all",))


def granted(person: str, *categories: str, when: str = START) -> GeneralInformation:
    return GeneralInformation(0, person, at(when), categories)


def informed(person: str, when: str = START) -> Informed:
    return Informed(0, at(when), person)


def signal(
    ref: str = "s-1",
    author: Actor = TEACHER,
    *,
    picked_up_by: Actor | None = None,
    picked_up: str = START,
    when: str = START,
    until: str | None = None,
    programme: str | None = None,
    explained_first: bool = False,
) -> Signal:
    picked_up_at = at(picked_up) if picked_up_by else None
    return Signal(0, ref, author, at(when), picked_up_by, picked_up_at, maybe(until), programme, explained_first)


def episode(
    ref: str = "e-1",
    programme: str = "preventie_plus",
    *,
    explained_first: bool = False,
    since: str = START,
    closed: str | None = None,
    followed: str | None = None,
) -> Episode:
    return Episode(0, ref, programme, explained_first, at(since), maybe(closed), maybe(followed))


def member(
    actor: Actor = S, of: str = "e-1", team_role: str = "lead", since: str = START, until: str | None = None
) -> Membership:
    return Membership(0, of, actor, team_role, at(since), maybe(until))


def screening(actor: Actor = RESEARCHER, of: str = "e-1", since: str = START, until: str | None = None) -> Screening:
    return Screening(0, of, actor, at(since), maybe(until))


def referral(
    *categories: str, to: str = SPECIALIST.organisation, legal: bool = False, over: str | None = None
) -> Referral:
    return Referral(0, "r-1", "e-1", to, categories, legal, at(START), maybe(over))


def order(institution: str = INSTITUTION.organisation, since: str = START, until: str | None = None) -> Order:
    return Order(0, institution, at(since), maybe(until))


def override(
    basis: str = "break_glass",
    by: Actor = S,
    since: str = "2025-03-03T11:30",
    until: str = "2025-03-03T12:30",
    released: str | None = None,
) -> Override:
    return Override(0, "sf-1", basis, by, at(since), at(until), maybe(released))  # type: ignore[arg-type]


def shared(*categories: str, by: Actor = S, to: str = "veilig-thuis", when: str = "2025-03-03T11:45") -> Share:
    return Share(0, at(when), by, to, categories)


def reveal(disclosure: str = "d-1", to: Actor = AUDITOR, approved: str = START) -> Reveal:
    return Reveal(0, disclosure, to, at(approved))


def withheld(entry: int, *guardians: str, when: str = START) -> Withheld:
    return Withheld(0, entry, at(when), guardians)


def at_school(organisation: str = TEACHER.organisation, when: str = START) -> SchoolYear:
    return SchoolYear(0, at(when), organisation)


def look(viewer: Actor = S, purpose: str = "care", category: str = "session", **about: Any) -> Request:
    return Request(viewer, purpose, category, **about)


def decided(grounds: Grounds, request: Request | None = None, when: str = NOON) -> Decision:
    return decide(grounds, request or look(), at(when), POLICY)


HELP = (has_authority(M), has_authority(F), episode(), member())
"""Two guardians with authority and S in the lead of one open episode, e-1; entries 1 to 4."""
