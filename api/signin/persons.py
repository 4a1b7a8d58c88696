"""Who a token speaks of: a name that cannot pass for another, and the seats that the claims give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api.accounts import FAMILY_ORGANISATION
from api.http.caller import Seat
from api.main import OPERATOR
from api.signin.settings import SignInSettings
from api.signin.signatures import NotValid
from domain.actor import FAMILY
from domain.field import Organisation, Ref
from domain.trajectory.guardian import RESERVED

OURS = RESERVED | {OPERATOR.id}
"""Words that mean somebody else wherever somebody is called by their name."""

STRANGER = "account-"
"""How the names begin that we give to accounts (api/accounts.py)."""

MOST_SEATS = 100
"""Of one person: far above anybody's work."""

_REF = TypeAdapter[str](Ref)
_ORGANISATION = TypeAdapter[str](Organisation)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the issuer calls them, and where they sit."""

    subject: str
    seats: tuple[Seat, ...]


def person_in(claims: Mapping[str, Any], settings: SignInSettings) -> Person:
    """Raises `NotValid`: it names nobody, or somebody by a word of ours, or gives more seats than anybody has."""
    subject = _claim(claims, settings.claims.person)
    if not _is(_REF, subject) or subject in OURS or subject.startswith(STRANGER):
        raise NotValid
    seats = tuple(dict.fromkeys(_seats(claims, settings)))
    if len(seats) > MOST_SEATS:
        raise NotValid
    return Person(subject, seats)


def _seats(claims: Mapping[str, Any], settings: SignInSettings) -> Iterator[Seat]:
    """Families in no organisation but their own. What we do not know is nothing.

    Nor is what nobody can tell: of several roles and several organisations, which role belongs where.
    """
    organisations = [each for each in _texts(claims, settings.claims.organisation) if _is(_ORGANISATION, each)]
    said = dict.fromkeys(settings.roles[each] for each in _known(claims, settings))
    unplaced = [each for each in said if each.role not in FAMILY and each.organisation is None]
    clear = len(unplaced) <= 1 or len(set(organisations)) <= 1
    for each in said:
        if each.role in FAMILY:
            yield Seat(each.role, FAMILY_ORGANISATION)
        elif each.organisation is not None:
            yield Seat(each.role, each.organisation)
        elif clear:
            yield from (Seat(each.role, organisation) for organisation in organisations)


def _known(claims: Mapping[str, Any], settings: SignInSettings) -> Iterator[str]:
    return (each for each in _texts(claims, settings.claims.roles) if each in settings.roles)


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    found = _claim(claims, name)
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, str)]


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of this whole name (which may be an address, with dots), else what lies along its parts."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _is(kind: TypeAdapter[str], value: object) -> bool:
    try:
        kind.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True
