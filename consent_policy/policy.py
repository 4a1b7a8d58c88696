"""A policy: the rules as data, read from one TOML file, checked, and known by the SHA-256 of its bytes (consent.md)."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from consent_policy.grounds import Regime
from consent_policy.instant import Instant
from consent_policy.vocabulary import CATEGORIES, PURPOSES, ROLES, Category, Purpose, Role

FOLDER = Path(__file__).parent / "policies"

Law = Literal["care", "disclosure"]
Age = Literal["under 12", "12-15", "16-17", "18 and over"]
Party = Literal["youth", "guardians", "mentor"]
Access = Literal["yes", "no", "with_youth_consent", "mentor"]

WhoName = Literal[
    "anybody",
    "anybody_in_an_episode",
    "author_of_signal",
    "picked_up_open_signal",
    "team_of_open_episode",
    "running_screener",
    "team_of_episode",
    "childs_school",
    "named_by_consent",
    "childs_municipality",
    "referred_organisation",
    "the_youth",
    "guardian_with_access",
    "guardian_without_authority",
    "order_institution",
    "invoker",
    "shared_with_veilig_thuis",
    "auditor_of_reveal",
]
"""The conditions on who looks; consent_policy/who.py says what each means."""

NeedName = Literal[
    "all_informed",
    "none_refused_or_withdrew",
    "consent",
    "consent_naming_school",
    "consent_naming_viewer",
    "consent_naming_coordinator",
    "consent_to_referral_or_legal_basis",
    "consent_to_research",
    "youth_agrees",
    "interview_open_to_role",
    "nothing_left_out",
    "granted",
    "reason_given",
    "override_running",
    "approval",
    "not_about_a_child",
]
"""What a rule may need before it permits; consent_policy/needs.py says what each means."""


class PolicyMissing(LookupError):
    """No such policy, or none in force at that instant. Never a fall-back."""


class PolicyInvalid(ValueError):
    """A policy file that does not say what a policy must: which file, which key, and why."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key or '(file)'}: {reason}")
        self.file, self.key, self.reason = file, key, reason


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameters(_Part):
    """What a municipality may set."""

    disclosure_12_15: Literal["both", "youth"]

    @property
    def disclosure_parties(self) -> tuple[Party, ...]:
        return ("youth", "guardians") if self.disclosure_12_15 == "both" else ("youth",)


class Row(_Part):
    """One line of the table "Whose consent is required"."""

    regimes: tuple[Regime, ...]
    ages: tuple[Age, ...]
    competent: Literal["yes", "no", "either"]
    care: tuple[Party, ...]
    disclosure: tuple[Party, ...] | Literal["disclosure_12_15"]
    guardians_own_access: Access
    exception: bool = False
    source: str

    def places(self) -> Iterable[tuple[Regime, int, bool]]:
        bands = [get_args(Age).index(age) for age in self.ages]
        competences = {"yes": [True], "no": [False], "either": [True, False]}[self.competent]
        return product(self.regimes, bands, competences)


class Place(NamedTuple):
    """What holds for a regime, an age and a competence."""

    care: tuple[Party, ...]
    disclosure: tuple[Party, ...]
    guardians_own_access: Access
    exception: bool


class TeamCategories(_Part):
    """What a professional role sees on a team; `interviews_with`: only interviews with one of these."""

    roles: tuple[Role, ...] | Literal["others"]
    categories: tuple[Category, ...]
    interviews_with: tuple[str, ...] = ()


class Rule(_Part):
    """One rule. `while`: a state of consent in which it applies at all; `passes_on`: also for another recipient.

    `text`: whether what it permits includes what people wrote (personal text), or codes, references and dates only.
    """

    name: str
    law: Law | None = None
    purpose: Purpose
    roles: tuple[Role, ...] | None = None
    roles_except: tuple[Role, ...] = ()
    who: tuple[WhoName, ...] = Field(min_length=1)
    while_: Literal["consent_incomplete"] | None = Field(default=None, alias="while")
    needs: tuple[NeedName, ...] = ()
    categories: tuple[Category, ...] | Literal["by_role", "those_listed", "everything"]
    passes_on: bool = False
    text: bool = True
    note: str = ""
    source: str

    @property
    def column(self) -> Law:
        """The law whose column says who must consent; outside both laws it is about showing, so disclosure."""
        return self.law or "disclosure"

    def roles_named(self) -> Iterable[str]:
        return (set(ROLES) if self.roles is None else set(self.roles)) - set(self.roles_except)


class Policy(_Part):
    """The rules of one version, with the hash of the file that they stand in."""

    id: str
    in_force_from: Instant
    sha256: str
    parameters: Parameters
    youth_from_age: dict[Regime, Literal[12, 16, 18]]
    whose_consent: tuple[Row, ...]
    team_categories: tuple[TeamCategories, ...]
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        names = [rule.name for rule in self.rules]
        places = [place for row in self.whose_consent for place in row.places()]
        expected = set(product(get_args(Regime), range(len(get_args(Age))), (True, False)))
        if len(set(names)) != len(names):
            raise ValueError(f"two rules of one name: {sorted({name for name in names if names.count(name) > 1})}")
        if len(set(places)) != len(places) or set(places) != expected:
            raise ValueError("whose_consent: exactly one row for every regime, age and competence")
        if set(self.youth_from_age) != set(get_args(Regime)):
            raise ValueError("youth_from_age: one age for every regime")
        return self

    @cached_property
    def without_text(self) -> frozenset[str]:
        """Names of the rules that show codes, references and dates only."""
        return frozenset(rule.name for rule in self.rules if not rule.text)

    @cached_property
    def on_approval(self) -> frozenset[str]:
        """Names of the rules that permit only what the dpo approved."""
        return frozenset(rule.name for rule in self.rules if "approval" in rule.needs)

    @cached_property
    def places(self) -> dict[tuple[str, int, bool], Place]:
        """The table "Whose consent is required" by regime, age (0 to 3, in the order of `Age`) and competence."""
        found: dict[tuple[str, int, bool], Place] = {}
        for row in self.whose_consent:
            disclosure = self.parameters.disclosure_parties if row.disclosure == "disclosure_12_15" else row.disclosure
            here = Place(row.care, disclosure, row.guardians_own_access, row.exception)
            found |= dict.fromkeys(row.places(), here)
        return found

    @cached_property
    def on_team(self) -> dict[str, TeamCategories]:
        """What each role sees on a team."""
        others = [part for part in self.team_categories if part.roles == "others"]
        own = {role: part for part in self.team_categories if part.roles != "others" for role in part.roles}
        return {role: own.get(role) or others[0] for role in ROLES if role in own or others}

    @cached_property
    def fitting(self) -> dict[tuple[str, str, str], tuple[Rule, ...]]:
        """The rules, in order, that fit a purpose, category and role. No such key: one of the three is unknown."""
        found = dict.fromkeys(product(PURPOSES, CATEGORIES, ROLES), ())
        table: dict[tuple[str, str, str], tuple[Rule, ...]] = {**found}
        for rule in self.rules:
            for role in rule.roles_named():
                for category in self._categories(rule, role):
                    key = (rule.purpose, category, role)
                    table[key] = (*table[key], rule)
        return table

    def _categories(self, rule: Rule, role: str) -> Iterable[str]:
        if rule.categories == "by_role":
            return self.on_team[role].categories if role in self.on_team else ()
        return CATEGORIES if isinstance(rule.categories, str) else rule.categories


def load(path: Path) -> Policy:
    """The policy in this file. PolicyMissing when there is none, PolicyInvalid when it is not a policy."""
    if not path.is_file():
        raise PolicyMissing(f"no policy file {path.name}")
    content = path.read_bytes()
    try:
        table = tomllib.loads(content.decode())
        return Policy.model_validate({**table, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as error:
        first = error.errors()[0]
        raise PolicyInvalid(path.name, ".".join(map(str, first["loc"])), first["msg"]) from error
    except ValueError as error:
        raise PolicyInvalid(path.name, "", str(error)) from error


@cache
def _shipped() -> tuple[Policy, ...]:
    policies = tuple(load(path) for path in sorted(FOLDER.glob("*.toml")))
    for path, policy in zip(sorted(FOLDER.glob("*.toml")), policies, strict=True):
        if path.stem != policy.id:
            raise PolicyInvalid(path.name, "id", "is not the name of its file")
    return policies


def shipped() -> dict[str, Policy]:
    """Every policy that comes with the program, by id."""
    return {policy.id: policy for policy in _shipped()}


def get(policies: Mapping[str, Policy], policy_id: str) -> Policy:
    if policy_id not in policies:
        raise PolicyMissing(f"no policy {policy_id}")
    return policies[policy_id]


def in_force(policies: Mapping[str, Policy], taken_at: datetime) -> Policy:
    """The policy for a decision that is taken at this instant, whatever instant the decision is about."""
    started = [policy for policy in policies.values() if policy.in_force_from <= taken_at]
    if not started:
        raise PolicyMissing(f"no policy in force at {taken_at.isoformat()}")
    return max(started, key=lambda policy: (policy.in_force_from, policy.id))
