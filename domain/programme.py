"""Programmes are data: one TOML file each. A municipality adds its own by adding a file (domain.md, Programmes)."""

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from consent_policy.grounds import Actor
from consent_policy.vocabulary import SCHOOL_ROLES, Role
from domain.actor import PROFESSIONAL

TeamRole = Literal["lead", "duo", "intake_lead", "case_manager", "coach", "screener", "member"]
CARRIED_TEAM_ROLES = frozenset({"lead", "duo", "intake_lead", "case_manager", "coach"})
"""Team roles for those whose role carries the programme; screener is for researchers, member for most others."""

PlanPart = Literal["education", "care", "return_to_school"]
ContactKind = Literal["consultation", "walk_in", "school_contact", "expertise_transfer"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScreeningRule(_Data):
    """Advice comes only after a screening and these interviews in the same episode."""

    interviews: tuple[Literal["school", "guardians", "youth"], ...]


class SessionRule(_Data):
    """`budget`: sessions at first; `steps`: to what it may be extended; `longer_than_short`: flagged above this."""

    budget: PositiveInt | None = None
    steps: tuple[PositiveInt, ...] = ()
    longer_than_short: PositiveInt | None = None

    @model_validator(mode="after")
    def steps_rise(self) -> Self:
        climb = (self.budget or 0, *self.steps)
        if list(climb) != sorted(set(climb)) or (self.steps and not self.budget):
            raise ValueError("steps must rise from a budget")
        return self


class LeadRule(_Data):
    """`parties`: between whom the lead may move; the first has it at the start, with the case manager."""

    parties: tuple[Literal["ot", "jgt"], ...] = ()


class PlanRule(_Data):
    """What a plan must have before it counts as agreed."""

    after_advice: bool = False
    agreed_with_guardian: bool = False
    agreed_with_school: bool = False
    parts: tuple[PlanPart, ...] = ()
    drawn_up_by_family: bool = False
    needs: tuple[Literal["goals", "means", "strengths", "network"], ...] = ()
    return_part_while_absent: bool = False


class Programme(_Data):
    """One programme: who carries it, what it asks before it acts, and what is due when. Numbers of days."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    version: PositiveInt
    name: Annotated[str, Field(min_length=1)]
    place: Annotated[str, Field(min_length=1)]
    carried_by: Annotated[tuple[Role, ...], Field(min_length=1)]
    organisations: tuple[str, ...] = ()
    consent_before_start: bool = False
    first_walk_in_free: bool = False
    explained_first: bool = False
    screening: ScreeningRule | None = None
    sessions: SessionRule = SessionRule()
    pick_up_days: PositiveInt | None = None
    team_roles: Annotated[tuple[TeamRole, ...], Field(min_length=1)]
    second_coach_days: PositiveInt | None = None
    lead: LeadRule = LeadRule()
    plan: PlanRule = PlanRule()
    guardians_at_meetings: bool = False
    school_contact_days: PositiveInt | None = None
    review_days: PositiveInt | None = None
    contacts: tuple[ContactKind, ...] = ()
    follow_up_days: tuple[PositiveInt, ...] = ()
    follow_up_ends_after_days: PositiveInt = 30
    follow_up_covers_days: PositiveInt = 14

    @model_validator(mode="after")
    def days_rise(self) -> Self:
        if list(self.follow_up_days) != sorted(set(self.follow_up_days)):
            raise ValueError("follow_up_days must rise")
        return self

    @model_validator(mode="after")
    def can_be_done(self) -> Self:
        if not PROFESSIONAL.issuperset(self.carried_by):
            raise ValueError("carried_by: professionals only")
        if self.second_coach_days and "duo" not in self.team_roles:
            raise ValueError("second_coach_days asks for the team role duo")
        if self.screening and "screener" not in self.team_roles:
            raise ValueError("screening asks for the team role screener")
        return self

    @cached_property
    def moving_lead(self) -> bool:
        return len(self.lead.parties) > 1

    def carries(self, actor: Actor, school: str | None) -> bool:
        """Whether the actor's role carries this programme for a child at `school` (an organisation)."""
        if actor.role not in self.carried_by:
            return False
        if actor.role in SCHOOL_ROLES:
            return actor.organisation == school
        return not self.organisations or actor.organisation in self.organisations


class ProgrammeFileError(ValueError):
    """A programme's file is wrong: which file, which key and why."""


class Programmes:
    """The programmes in force, by id; older versions stay for the episodes that started under them."""

    def __init__(self, programmes: Iterable[Programme], sha256: Mapping[tuple[str, int], str] | None = None) -> None:
        self._versions = {(each.id, each.version): each for each in programmes}
        self.sha256 = dict(sha256 or {})

    def __iter__(self) -> Iterator[Programme]:
        return iter(self.current.values())

    @cached_property
    def current(self) -> dict[str, Programme]:
        ordered = sorted(self._versions.values(), key=lambda each: each.version)
        return {each.id: each for each in ordered}

    def get(self, programme: str) -> Programme | None:
        """The newest version, which new episodes start under."""
        return self.current.get(programme)

    def version(self, programme: str, version: int) -> Programme:
        """The one that something runs under; ProgrammeFileError where its file is not there any more."""
        try:
            return self._versions[programme, version]
        except KeyError:
            raise ProgrammeFileError(
                f"{programme}, version {version}: no file describes it, and facts name it"
            ) from None


def read(file: Traversable) -> tuple[Programme, str]:
    """One programme and the SHA-256 of its file. ProgrammeFileError names the key that is wrong."""
    raw = file.read_bytes()
    try:
        return Programme.model_validate(tomllib.loads(raw.decode())), hashlib.sha256(raw).hexdigest()
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors(include_url=False)
        )
        raise ProgrammeFileError(f"{file.name}: {reasons}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProgrammeFileError(f"{file.name}: not TOML: {error}") from error


def load(*extra: Path) -> Programmes:
    """The shipped programmes and those of a municipality's own folders."""
    folders: list[Traversable] = [files("domain") / "programmes", *extra]
    read_files = [
        (str(file), *read(file))
        for folder in folders
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".toml")
    ]
    first: dict[tuple[str, int], str] = {}
    for name, programme, _ in read_files:
        other = first.setdefault((programme.id, programme.version), name)
        if other != name:
            raise ProgrammeFileError(f"{name}: id, version: {other} describes {programme.id} {programme.version} too")
    return Programmes(
        (programme for _, programme, _ in read_files),
        {(programme.id, programme.version): sha256 for _, programme, sha256 in read_files},
    )
