from typing import Any

import pytest

from api.main import App
from api.signin.once import Once
from api.signin.sign_in import oidc
from tests.api.signin.conftest import Bearing, Settled
from tests.api.signin.provider import Provider
from tests.api.signin.served import Browser, Served, door
from tests.conftest import Clock

Seats = list[list[str]]


def seats(provider: Provider, bearing: Bearing, clock: Clock, **said: Any) -> Seats:
    """The seats of who has a token with these claims."""
    found: Seats = bearing(provider.token(clock(), **said)).json()["seats"]
    return found


def test_several_roles_or_organisations(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Somebody has each role in the one organisation, or the one role in each, once."""
    roles, organisations = ["coach", "coordinator", "coach"], ["pit-leiden", "GM0546", "pit-leiden"]
    assert seats(provider, bearing, clock, roles=roles, organisation="GM0546") == [
        ["pit_coach", "GM0546"],
        ["coordinator", "GM0546"],
    ]
    assert seats(provider, bearing, clock, roles="coach", organisation=organisations) == [
        ["pit_coach", "pit-leiden"],
        ["pit_coach", "GM0546"],
    ]


def test_which_role_is_where_is_not_made_up(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A teacher who coaches elsewhere does not coach at the school; as a parent they are known all the same."""
    said = {"roles": ["coach", "teacher", "parent"], "organisation": ["pit-leiden", "school-12AB"]}
    assert seats(provider, bearing, clock, **said) == [["guardian", "family"]]


def test_a_role_that_is_in_one_organisation(
    provider: Provider, settled: Settled, served: Served, browser: Browser, app: App, clock: Clock
) -> None:
    """The settings may say where each is, for issuers that say both in one word."""
    roles = {
        "coach-leiden": {"role": "pit_coach", "organisation": "pit-leiden"},
        "teacher-12ab": {"role": "teacher", "organisation": "school-12AB"},
    }
    served.inner = door(oidc(settled(roles=roles), app, clock))
    token = provider.token(clock(), roles=[*roles], organisation=["pit-leiden", "school-12AB"])
    answer = browser.get("/who", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["seats"] == [["pit_coach", "pit-leiden"], ["teacher", "school-12AB"]]


def test_one_role_as_text(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """One value need not be a list."""
    said = {"roles": "teacher", "organisation": "school-12AB"}
    assert seats(provider, bearing, clock, **said) == [["teacher", "school-12AB"]]


def test_a_guardian_needs_no_organisation(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Families act in none but their own, whatever organisation the issuer says."""
    for organisation in (None, "GM0546"):
        assert seats(provider, bearing, clock, roles="parent", organisation=organisation) == [["guardian", "family"]]


def test_a_parent_who_teaches(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Somebody may come as either, and says with each request as which."""
    said = {"roles": ["parent", "teacher"], "organisation": "school-12AB"}
    assert seats(provider, bearing, clock, **said) == [["guardian", "family"], ["teacher", "school-12AB"]]


@pytest.mark.parametrize(
    "roles", ["pit_coach", "COACH", "admin", "", [], None, 5, {"coach": True}, [5, None, ["coach"]]]
)
def test_a_role_that_means_nothing_here(provider: Provider, bearing: Bearing, clock: Clock, roles: object) -> None:
    """Only what the settings name is a role: our own word for it is not."""
    assert seats(provider, bearing, clock, roles=roles) == []


def test_an_unknown_role_among_known_ones(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """What means nothing here does not take away what does."""
    assert seats(provider, bearing, clock, roles=["offline_access", "coach"]) == [["pit_coach", "pit-leiden"]]


@pytest.mark.parametrize("said", [None, "", 5, [], [""], "a" * 201, {"GM0546": 1}])
def test_a_professional_without_an_organisation(
    provider: Provider, bearing: Bearing, clock: Clock, said: object
) -> None:
    """A professional sits somewhere, or nowhere at all."""
    assert seats(provider, bearing, clock, organisation=said) == []


@pytest.mark.parametrize(
    "person",
    [
        None,
        "",
        " ",
        " pit-1",
        "pit-1\n",
        "pit\n1",
        "a" * 201,
        5,
        ["pit-1"],
        "youth",
        "guardians",
        "school",
        "all",
        "family",
        "operator",
        "account-0123456789abcdef0123456789abcdef",
    ],
)
def test_a_name_that_passes_for_another(provider: Provider, bearing: Bearing, clock: Clock, person: object) -> None:
    """Who is called by nothing, or by a word that means somebody else, is nobody."""
    assert bearing(provider.token(clock(), sub=person)).status_code == 401


def test_a_long_name(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """Any other name is taken as it is."""
    assert bearing(provider.token(clock(), sub="é " * 99 + "éé")).json()["subject"] == "é " * 99 + "éé"


def test_more_seats_than_anybody_has(provider: Provider, bearing: Bearing, clock: Clock) -> None:
    """A token that gives somebody hundreds of seats is a mistake of somebody's."""
    many = [f"o-{number}" for number in range(101)]
    assert bearing(provider.token(clock(), organisation=many[:100])).status_code == 200
    assert bearing(provider.token(clock(), organisation=many)).status_code == 401


def test_claims_by_other_names(
    provider: Provider, settled: Settled, served: Served, app: App, clock: Clock, browser: Browser
) -> None:
    """Claims are found by the names that the settings give, inside others, or with dots in their own name."""
    names = {"person": "employee.number", "roles": "realm_access.roles", "organisation": "https://issuer.example/org"}
    served.inner = door(oidc(settled(claims=names), app, clock))
    said: dict[str, Any] = {
        "employee": {"number": "e-7"},
        "realm_access": {"roles": ["coach"]},
        "roles": ["coordinator"],
        "https://issuer.example/org": "pit-leiden",
        "organisation": "GM0546",
    }
    answer = browser.get("/who", headers={"Authorization": f"Bearer {provider.token(clock(), **said)}"})
    assert (answer.json()["subject"], answer.json()["seats"]) == ("e-7", [["pit_coach", "pit-leiden"]])


def test_a_claim_that_lies_along_nothing(
    provider: Provider, settled: Settled, served: Served, app: App, clock: Clock, browser: Browser
) -> None:
    """A path that ends nowhere finds nothing."""
    served.inner = door(oidc(settled(claims={"roles": "sub.roles.x"}), app, clock))
    answer = browser.get("/who", headers={"Authorization": f"Bearer {provider.token(clock())}"})
    assert answer.json()["seats"] == []


def test_what_happened_once(clock: Clock) -> None:
    """A name is kept until it could be used no more, and the oldest goes where there is no room."""
    once, later = Once(clock, 2), clock() + (clock() - clock().replace(year=clock().year - 1))
    assert [once.add(name, later) for name in ("a", "a", "b", "b", "c")] == [True, False, True, False, True]
    assert [name in once for name in "abc"] == [False, True, True]
    clock.now = later
    assert once.add("d", later)
    assert [name in once for name in "bcd"] == [False, False, True]
