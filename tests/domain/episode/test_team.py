"""Who may be on a team in which role, who decides on it, and to whom the lead moves."""

from typing import Any

import pytest

from domain.trajectory import phase
from domain.trajectory.episode import LeadTransferred, ProfessionalAssigned
from tests.domain import spec
from tests.domain.given import Given, at, given, instant
from tests.examples import (
    COACH,
    COORDINATOR,
    COUNSELLOR,
    EXAMPLES,
    HELPED,
    JGT,
    LEAD,
    MOTHER_KNOWN,
    OPENED,
    OT_STARTED,
    PIT_STARTED,
    PLUS_STARTED,
    SECOND_COACH,
    SOCIAL_WORKER,
    STARTED,
    by,
    says,
)

TEAM_ROLES = ["lead", "duo", "intake_lead", "case_manager", "coach", "screener", "member"]
JOS_STARTED = says("start_episode", COORDINATOR, "01-12 10:00", episode="e-1", programme="jos")
STARTS = {
    "pit": PIT_STARTED,
    "preventie_plus": PLUS_STARTED,
    "jgt": STARTED,
    "ot": OT_STARTED,
    "jos": JOS_STARTED,
}
TRANSFER = EXAMPLES["transfer_lead"].said


def episode_of(programme: str) -> Given:
    return given(OPENED, MOTHER_KNOWN).having(STARTS[programme])


def assigned(who: dict[str, str], team_role: str, when: str = "2026-01-13T10:00", **changes: Any) -> dict[str, Any]:
    return at(LEAD, when, professional=who, team_role=team_role, by=by(COORDINATOR), **changes)


@pytest.mark.parametrize("programme", spec.PROGRAMMES)
@pytest.mark.parametrize("team_role", TEAM_ROLES)
def test_who_fits_which_place_is_the_table(programme: str, team_role: str) -> None:
    """Lead, duo, intake lead, case manager, coach: who carries the programme; screener: researchers; member: most."""
    known, column = episode_of(programme), spec.PROGRAMMES[programme]
    for role in sorted(spec.ROLES):
        for organisation in ("school-12AB", "elsewhere"):
            if team_role == "screener":
                fits = role == "researcher"
            elif team_role == "member":
                fits = role in spec.PROFESSIONAL and role not in spec.WHO["no_member"]
            else:
                at_home = role not in spec.SCHOOL_ROLES or organisation == "school-12AB"
                fits = role in column["carried_by"] and at_home
            fits = fits and team_role in column["team_roles"]
            outcome = known.when(assigned({"id": "z", "role": role, "organisation": organisation}, team_role))
            if fits:
                outcome.records(ProfessionalAssigned)
            else:
                outcome.refuses("role_not_in_programme")


def test_nobody_holds_one_place_twice_at_a_time() -> None:
    """Another place, another person, or again after a release: yes."""
    known = given(OPENED, STARTED, LEAD)
    known.when(at(LEAD, "2026-01-13T10:00")).refuses("already_done")
    known.when(at(LEAD, "2026-01-12T10:02")).refuses("already_done")
    known.when(assigned(by(JGT), "member")).records()
    known.when(assigned(by(JGT) | {"id": "jgt-2"}, "lead")).records()
    released = known.and_(EXAMPLES["release"].said)
    released.when(at(LEAD, "2026-02-03T10:00", by=by(COORDINATOR))).records()


def test_only_who_is_there_is_released() -> None:
    """In that place, at that instant."""
    said = EXAMPLES["release"].said
    known = given(OPENED, STARTED, LEAD)
    known.when(said | {"team_role": "member"}).refuses("not_applicable")
    known.when(said | {"professional": by(COACH)}).refuses("not_applicable")
    known.when(at(said, "2026-01-12T10:04", by=by(COORDINATOR))).refuses("not_applicable")
    known.and_(said).when(at(said, "2026-02-03T10:00", by=by(COORDINATOR))).refuses("not_applicable")


def test_while_there_is_no_lead_who_started_it_decides() -> None:
    """And once there is one, the lead."""
    starter, lead = by(JGT) | {"id": "jgt-9"}, by(JGT)
    known = given(OPENED, STARTED | {"by": starter})
    known.when(assigned(lead, "lead") | {"by": by(COACH)}).refuses("not_in_team")
    led = known.and_(assigned(lead, "lead") | {"by": starter})
    led.when(assigned(starter, "member", "2026-01-14T10:00") | {"by": starter}).refuses("not_in_team")
    led.when(assigned(starter, "member", "2026-01-14T10:00") | {"by": lead}).records()
    with_member = led.and_(assigned(starter, "member", "2026-01-14T10:00"))
    with_member.when(assigned(by(COUNSELLOR), "member", "2026-01-15T10:00") | {"by": starter}).refuses(
        "role_not_permitted"
    )


@pytest.mark.parametrize("team_role", ["intake_lead", "case_manager"])
def test_in_an_ot_intake_lead_and_case_manager_decide(team_role: str) -> None:
    """Aannemer and regisseur; a coach does not."""
    known = given(OPENED, OT_STARTED, assigned(by(JGT), team_role), assigned(by(SOCIAL_WORKER), "coach"))
    more = assigned(by(SOCIAL_WORKER) | {"id": "smw-2"}, "coach", "2026-01-14T10:00")
    known.when(more | {"by": by(JGT)}).records()
    known.when(more | {"by": by(SOCIAL_WORKER)}).refuses("role_not_permitted")


def test_the_lead_of_an_ot_moves_by_coordinator_or_case_manager() -> None:
    """Not by a coach or the intake lead; not to where it is; and back again."""
    known = given(
        OPENED, OT_STARTED, assigned(by(COUNSELLOR), "case_manager"), assigned(by(SOCIAL_WORKER), "intake_lead")
    )
    known.when(TRANSFER | {"by": by(SOCIAL_WORKER)}).refuses("role_not_permitted")
    known.when(TRANSFER | {"by": by(COACH)}).refuses("not_in_team")
    known.when(TRANSFER | {"by": by(COORDINATOR) | {"organisation": "GM0001"}}).refuses("not_related")
    known.when(TRANSFER | {"to": "ot"}).refuses("already_done")
    moved = known.when(TRANSFER | {"by": by(COUNSELLOR)}).records(LeadTransferred)
    moved.when(at(TRANSFER, "2026-02-03T10:00")).refuses("already_done")
    moved.when(at(TRANSFER, "2026-02-03T10:00", to="ot", professional=by(COUNSELLOR))).records(LeadTransferred)


@pytest.mark.parametrize("programme", ["pit", "preventie_plus", "jgt", "jos"])
def test_elsewhere_the_lead_does_not_move(programme: str) -> None:
    """Only in an OT are there two parties."""
    for party in ("ot", "jgt"):
        episode_of(programme).when(TRANSFER | {"to": party}).refuses("not_applicable")


def test_the_lead_of_an_ot_is_the_case_manager_until_it_is_transferred() -> None:
    """Party ot with the case manager, then party jgt with who took it over."""
    known = given(OPENED, OT_STARTED, assigned(by(COUNSELLOR), "case_manager"), TRANSFER)
    child, episode = known.child, known.child.episodes["e-1"]
    assert phase.lead(child, episode, instant("2026-01-12T10:00")) == ("ot", None)
    assert phase.lead(child, episode, instant("2026-01-20T10:00")) == ("ot", "ib-1")
    assert phase.lead(child, episode, instant("2026-02-02T10:00")) == ("jgt", "jgt-1")


def test_the_ot_stays_in_the_team_whoever_leads() -> None:
    """Nobody is released by it."""
    known = given(
        OPENED, OT_STARTED, assigned(by(COUNSELLOR), "case_manager"), assigned(by(SOCIAL_WORKER), "coach"), TRANSFER
    )
    after = {each.actor.id for each in known.child.memberships("e-1", instant("2026-02-03"))}
    assert after == {"ib-1", "smw-1", "jgt-1"}


def test_elsewhere_the_lead_is_the_lead() -> None:
    """A person, and no party."""
    child = given(*HELPED).child
    assert phase.lead(child, child.episodes["e-1"], instant("2026-02-01")) == (None, "jgt-1")
    assert phase.lead(child, child.episodes["e-1"], instant("2026-01-12T10:00")) == (None, None)


def test_the_same_duo_steps_back_in_when_it_is_the_same() -> None:
    """The coaches in lead and duo are those of the re-entered episode at its closing."""
    first, second = by(COACH), by(SECOND_COACH)
    team = (assigned(first, "lead"), assigned(second, "duo"))
    closed = says("close_episode", COORDINATOR, "02-02 10:00", episode="e-1", outcome="sufficient")
    again = at(PIT_STARTED, "2026-03-02T10:00", episode="e-2", reenters="e-1")
    known = episode_of("pit").and_(*team, closed).having(again)

    def same(known: Given) -> bool | None:
        return phase.same_duo(known.child, known.child.episodes["e-2"], instant("2026-04-01"))

    other = at(LEAD, "2026-03-02T11:00", by=by(COORDINATOR), episode="e-2", professional=second)
    assert same(known) is False
    half = known.and_(other)
    assert same(half) is False
    assert same(half.and_(other | {"professional": first, "team_role": "duo"})) is True
    assert same(half.and_(other | {"professional": first | {"id": "pit-3"}, "team_role": "duo"})) is False
    assert phase.same_duo(known.child, known.child.episodes["e-1"], instant("2026-04-01")) is None
