"""Who asks through this door: the person that signed in, in which role, in which language, for which purpose.

A request never says by itself who asks: that comes from signing in. Of several roles it says which one (domain.md,
Actors: each action and look states one).
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import Depends, Header
from starlette.requests import Request

from api.accounts import Account
from api.http.problems import Problem
from api.http.rates import Rates
from api.main import App
from api.purposes import purpose_of
from consent_policy.grounds import Actor
from consent_policy.vocabulary import Role
from domain.actor import FAMILY
from domain.disclosure import Door

Language = Literal["nl", "en"]


@dataclass(frozen=True, slots=True)
class Seat:
    """A role, and the organisation that somebody has it in."""

    role: Role
    organisation: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who signed in. `subject`: as the issuer calls them; `authentication`: how the door knows who they are.

    `door`: through what they came: a program, or a page in a browser.
    """

    subject: str
    seats: tuple[Seat, ...]
    authentication: str
    door: Literal["http", "page"] = "http"


SignIn = Callable[[Request], Signed]
"""Finds who asks. Raises `Problem` (401) where nobody signed in."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """What every request passes: whose application it is, who signed in, and how often they may ask."""

    app: App
    sign_in: SignIn
    rates: Rates

    def signed(self, request: Request) -> Signed:
        """Raises `Problem`: nobody signed in, or too many requests of one person, or from one address in vain."""
        address = request.client.host if request.client else ""
        try:
            signed = self.sign_in(request)
        except Problem as problem:
            if problem.status == HTTPStatus.UNAUTHORIZED:
                self.rates.failed(address)
            raise
        self.rates.asked(signed.subject)
        return signed


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, why, and in which language they are answered.

    `account`: of somebody of a family, who is called otherwise in each trajectory; None: a professional, who is called
    as `actor` says everywhere.
    """

    signed: Signed
    actor: Actor
    account: Account | None
    purpose: str
    states_purpose: bool
    language: Language
    door: Door


def language_of(request: Request) -> Language:
    """Dutch where it is wanted before English (RFC 9110 §12.5.4), else English."""
    wanted = [each.strip() for each in request.headers.get("accept-language", "").lower().split(",")]
    known = [(-_quality(each), number, each[:2]) for number, each in enumerate(wanted) if each[:2] in ("nl", "en")]
    _, _, first = min((each for each in known if each[0] < 0), default=(0, 0, "en"))
    return "nl" if first == "nl" else "en"


def _quality(said: str) -> float:
    """What is no number is 0, and so not wanted."""
    _, given, quality = said.partition("q=")
    try:
        return float(quality) if given else 1.0
    except ValueError:
        return 0.0


PURPOSE, ROLE, ORGANISATION, KEY = "Purpose-Of-Use", "Zorgspoor-Role", "Zorgspoor-Organisation", "Idempotency-Key"
HEADERS = (PURPOSE, ROLE, ORGANISATION, KEY)
"""Headers that say something about a request, each once: of two, one would be passed over."""

StatedPurpose = Annotated[
    str | None, Header(alias=PURPOSE, max_length=200, description="why; none: the purpose that belongs to the role")
]
StatedRole = Annotated[str | None, Header(alias=ROLE, max_length=200, description="of several roles, in which")]
StatedOrganisation = Annotated[
    str | None, Header(alias=ORGANISATION, max_length=200, description="of several organisations, in which")
]


def who_signed_in(request: Request) -> Signed:
    """The person, in whatever roles. Raises `Problem`."""
    entrance: Entrance = request.app.state.entrance
    signed = entrance.signed(request)
    _each_once(request)
    return signed


SignedIn = Annotated[Signed, Depends(who_signed_in)]


async def caller(
    request: Request,
    signed: SignedIn,
    purpose_of_use: StatedPurpose = None,
    zorgspoor_role: StatedRole = None,
    zorgspoor_organisation: StatedOrganisation = None,
) -> Caller:
    """The one who asks, found without waiting for anything, and so without a thread. Raises `Problem`."""
    return _seated(request, signed, _seat(signed, zorgspoor_role, zorgspoor_organisation), purpose_of_use)


async def caller_if_seated(
    request: Request,
    signed: SignedIn,
    purpose_of_use: StatedPurpose = None,
    zorgspoor_role: StatedRole = None,
    zorgspoor_organisation: StatedOrganisation = None,
) -> Caller | Signed:
    """The one who asks; who has not one seat, and states none, is told about themselves alone. Raises `Problem`."""
    if len(signed.seats) != 1 and zorgspoor_role is zorgspoor_organisation is None:
        return signed
    return await caller(request, signed, purpose_of_use, zorgspoor_role, zorgspoor_organisation)


def _seated(request: Request, signed: Signed, seat: Seat, purpose_of_use: str | None) -> Caller:
    entrance: Entrance = request.app.state.entrance
    account = Account(signed.subject, seat.role) if seat.role in FAMILY else None
    actor = account.stranger(entrance.app) if account else Actor(signed.subject, seat.role, seat.organisation)
    through = Door(door=signed.door, authentication=signed.authentication, request=request_id(request))
    purpose = purpose_of(seat.role) if purpose_of_use is None else purpose_of_use
    return Caller(signed, actor, account, purpose, purpose_of_use is not None, language_of(request), through)


Asks = Annotated[Caller, Depends(caller)]
AsksWhoTheyAre = Annotated[Caller | Signed, Depends(caller_if_seated)]


def _each_once(request: Request) -> None:
    for name in HEADERS:
        if len(request.headers.getlist(name)) > 1:
            raise Problem(422, "invalid", f"header.{name}: more than once")


def request_id(request: Request) -> str:
    """The name of this request, in the log of the service as in the fact that it leaves."""
    if not hasattr(request.state, "request"):
        request.state.request = str(uuid4())
    return str(request.state.request)


def _seat(signed: Signed, role: str | None, organisation: str | None) -> Seat:
    """The one seat that fits what was stated. Raises `Problem`: none does, or several do."""
    fitting = [each for each in signed.seats if role in (None, each.role) and organisation in (None, each.organisation)]
    match fitting:
        case [seat]:
            return seat
        case []:
            raise Problem(403, "no_such_role")
        case _:
            raise Problem(403, "role_required", "Zorgspoor-Role, Zorgspoor-Organisation: several fit")
