"""What requests state in their address, held to models: a parameter that nobody knows is refused, not passed over."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from api.http.caller import Caller, SignedIn
from api.http.problems import Problem
from api.look import Question
from api.parse import NUMBER
from consent_policy.instant import Instant
from projections.view import View

MOST = 200
"""Children on a page."""


def _written(value: object) -> object:
    """A bare number would be taken for seconds since 1970."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        raise ValueError("an instant with its offset, such as 2026-03-01T10:00:00+01:00")
    return value


def _with_room(value: datetime) -> datetime:
    """Lists look some time ahead of the instant that is asked about."""
    if value >= LATEST:
        raise ValueError(f"before the year {LATEST.year}")
    return value


def _in_digits(value: object) -> object:
    """Else `1_0` would be ten, and ` 1.0` one."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number, in digits")
    return value


LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""Of what can be asked about; no fact is of after its first days (consent_policy/instant.py)."""

When = Annotated[Instant, BeforeValidator(_written), AfterValidator(_with_room)]
IN_DIGITS = BeforeValidator(_in_digits)
Reference = Annotated[str, Path(min_length=1, max_length=200, description="the trajectory, or its opaque id")]


class Asked(BaseModel):
    """`as_of`: the instant of the content; `known_at`: only what was recorded by then. Permission is decided now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: When | None = Field(None, description="the instant of the content; none: now")
    known_at: When | None = Field(None, description="only what was recorded by then")
    reason: str | None = Field(None, min_length=1, max_length=1_000, description="where a rule asks for one")

    def question(self, view: View, caller: Caller) -> Question:
        return Question(
            view,
            caller.actor,
            caller.purpose,
            caller.door,
            self.as_of,
            self.known_at,
            self.reason,
            categories=self.categories,
            account=caller.account,
        )

    @property
    def categories(self) -> tuple[str, ...]:
        return ()


class AskedNarrowed(Asked):
    """`category`: only these."""

    category: list[Annotated[str, Field(max_length=50)]] = Field([], max_length=20, description="only these")

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(self.category)


class AskedPage(Asked):
    limit: Annotated[int, Field(ge=1, le=MOST), IN_DIGITS] = Field(50, description="children on a page")
    cursor: str | None = Field(None, min_length=1, max_length=2_000, description="`next` of the page before")


class AskedLooks(BaseModel):
    """Which looks: about whom, by whom, recorded from when until when."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: When | None = Field(None, alias="from", description="recorded from this instant on")
    until: When | None = Field(None, alias="to", description="recorded before this instant")
    limit: Annotated[int, Field(ge=1, le=1_000), IN_DIGITS] = Field(100, description="looks on a page")
    cursor: str | None = Field(None, min_length=1, max_length=2_000, description="`next` of the page before")


class AskedAllLooks(AskedLooks):
    trajectory: str | None = Field(None, min_length=1, max_length=200, description="looks at this child")
    viewer: str | None = Field(None, min_length=1, max_length=200, description="looks by the person with this id")


class AskedChanges(BaseModel):
    """As known at one instant, and at a later one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    since: When = Field(alias="from", description="as known at this instant ...")
    until: When = Field(alias="to", description="... and at this one")
    reason: str | None = Field(None, min_length=1, max_length=1_000, description="where a rule asks for one")


OfChild = Annotated[Asked, Query()]
OfChildNarrowed = Annotated[AskedNarrowed, Query()]
OfPage = Annotated[AskedPage, Query()]
OfLooks = Annotated[AskedLooks, Query()]
OfAllLooks = Annotated[AskedAllLooks, Query()]
OfChanges = Annotated[AskedChanges, Query()]

NAMES = frozenset(
    field.alias or name
    for model in (AskedNarrowed, AskedPage, AskedAllLooks, AskedChanges)
    for name, field in model.model_fields.items()
)
"""Every parameter that one of these has."""

MANY = frozenset({"category"})
"""Those that may stand more than once."""


async def each_once(_: SignedIn, request: Request) -> None:
    """Of two values one would be passed over. Raises `Problem`."""
    stated = [name for name, _ in request.query_params.multi_items()]
    for name in stated:
        if name not in MANY and stated.count(name) > 1:
            raise Problem(422, "invalid", f"query.{name if name in NAMES else '?'}: more than once")


async def nothing(_: SignedIn, request: Request) -> None:
    """For routes without parameters. Raises `Problem`: an answer as of now is none to who asked as of then."""
    for name in request.query_params:
        raise Problem(422, "invalid", f"query.{name if name in NAMES else '?'}: unknown field")
