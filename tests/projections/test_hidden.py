"""What a guardian may not see stays hidden in every derived row, in what was known before, and behind corrections."""

from datetime import timedelta
from typing import Any

import pytest

from api.look import Seen
from api.main import App
from consent_policy.grounds import Actor
from domain.field import is_personal
from domain.trajectory.subjects import FACTS
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View
from tests.api.given import do, done, see
from tests.conftest import Clock

WORKER = {"id": "smw-1", "role": "school_social_worker", "organisation": "kwadraad"}
M, F = (Actor(guardian, "guardian", "family") for guardian in ("g-m", "g-f"))
SCOPE = {"purposes": ["care", "referral"], "categories": ["all"], "recipients": ["care_team"]}
SECRET = "Geheim dat niemand leest."


def said(action: str, minute: int, by: dict[str, str] = WORKER, **fields: Any) -> dict[str, Any]:
    return {"action": action, "trajectory": "t-1", "at": f"2026-03-02T10:{minute:02}:00+01:00", "by": by} | fields


@pytest.fixture
def helped(app: App) -> App:
    """A child of 8 with two guardians who consent, helped by a social worker. Entries 1 to 6."""
    child = {"given_name": "Noor", "family_name": "Klas", "birth_date": "2017-05-10"}
    evidence = {"kind": "form"}
    done(
        app,
        said("open_trajectory", 0, child=child, municipality="GM1916", school="12AB", regime="jeugdwet"),
        said("add_guardian", 1, guardian="g-m", name="Moeder", has_authority=True),
        said("add_guardian", 2, guardian="g-f", name="Vader", has_authority=True),
        said("start_episode", 3, episode="e-1", programme="preventie_plus"),
        said("assign", 4, episode="e-1", professional=WORKER, team_role="lead"),
        said("give_consent", 5, consent="c-m", person="g-m", scope=SCOPE, evidence=evidence),
        said("give_consent", 6, consent="c-f", person="g-f", scope=SCOPE, evidence=evidence),
    )
    return app


def withheld(minute: int, entry: int, guardians: list[str]) -> dict[str, Any]:
    return said("withhold_entry", minute, entry=entry, reason="Veiligheid.") | {"from": guardians}


def shown(app: App, viewer: Actor, view: View = TIMELINE, **narrowed: Any) -> str:
    outcome = see(app, viewer, view=view, trajectory="t-1", **narrowed)
    return str(outcome.bodies) if isinstance(outcome, Seen) else ""


def session(minute: int, **fields: Any) -> dict[str, Any]:
    return said("hold_session", minute, episode="e-1", form="guardian_talk", minutes=40, **fields)


def test_a_school_withheld_from_a_guardian_stands_nowhere(helped: App) -> None:
    """Neither in the timeline nor as the school of today; the earlier school is what they see."""
    done(helped, said("change_school", 10, school="34CD"))
    entry = helped.store.version(helped.stream_of("t-1"))
    done(helped, withheld(11, entry, ["g-m"]))
    for view in (TIMELINE, TRAJECTORY):
        assert "34CD" not in shown(helped, M, view)
        assert "34CD" in shown(helped, F, view)


def test_a_referral_that_rests_on_a_secret_override_is_as_secret(helped: App) -> None:
    """Worked case 26, one step further: the referral would tell of the report."""
    report = said(
        "invoke_safety", 10, safety="v-1", basis="veilig_thuis", reason="Vermoeden van mishandeling.", minutes=60
    )
    referral = said(
        "escalate_referral",
        11,
        episode="e-1",
        referral="r-1",
        to={"organisation": "veilig-thuis", "kind": "certified_institution"},
        route="own",
        handover="warm",
        urgency="high",
        reason=SECRET,
        categories=["signal"],
        legal_basis={"kind": "veilig_thuis", "reference": "v-1"},
    )
    done(helped, report, referral)
    for view in (TIMELINE, TRAJECTORY):
        assert "veilig" not in shown(helped, M, view)
        assert "r-1" not in shown(helped, M, view)


def test_a_talk_with_the_other_guardian_stays_theirs_when_that_guardian_is_retracted(helped: App) -> None:
    """Retracting that somebody is a guardian does not open what was said to them alone."""
    done(helped, session(10, **{"with": ["g-f"]}, summary=SECRET))
    assert SECRET not in shown(helped, M)
    done(helped, said("retract_entry", 12, entry=3, reason="Verkeerd ingevoerd."))
    assert SECRET not in shown(helped, M)


def test_what_was_known_before_a_correction_is_hidden_where_the_correction_hides_it(helped: App, clock: Clock) -> None:
    """Permission is decided now: `known_at` chooses content, not permission (consent.md)."""
    done(helped, session(10, **{"with": ["g-m", "g-f"]}, summary=SECRET))
    entry = helped.store.version(helped.stream_of("t-1"))
    before = helped.store.last().recorded_at
    clock.step(minutes=5)
    assert SECRET in shown(helped, M)
    done(helped, said("correct_entry", 20, entry=entry, changes={"with": ["g-f"]}))
    assert SECRET not in shown(helped, M)
    assert SECRET not in shown(helped, M, known_at=before)
    assert SECRET in shown(helped, F, known_at=before + timedelta(seconds=1))


def test_a_withheld_correction_is_hidden_and_so_is_what_it_changed(helped: App) -> None:
    """Else its content would stand in the entry that it corrected."""
    done(helped, session(10, summary="Gewoon gesprek."))
    entry = helped.store.version(helped.stream_of("t-1"))
    done(
        helped,
        said("correct_entry", 12, entry=entry, changes={"summary": SECRET}),
        withheld(13, entry + 1, ["g-f"]),
    )
    assert SECRET not in shown(helped, F)
    assert SECRET in shown(helped, M)


def test_a_withheld_refusal_is_not_told_by_who_refused(helped: App) -> None:
    """`refused_by` is a consent entry in another form."""
    scope = SCOPE | {"categories": ["session"]}
    done(helped, said("refuse_consent", 10, consent="n-f", person="g-f", scope=scope, evidence={"kind": "form"}))
    entry = helped.store.version(helped.stream_of("t-1"))
    done(helped, withheld(11, entry, ["g-m"]))
    assert "'refused_by': ['g-f']" not in shown(helped, M, TRAJECTORY)
    assert "'refused_by': ['g-f']" in shown(helped, F, TRAJECTORY)


def test_what_waits_for_others_is_told_only_of_entries_that_may_be_seen(helped: App) -> None:
    """The account of the other guardian, and an irregular talk with them alone, wait in nobody else's sight."""
    done(helped, said("link_account", 10, person="g-f", subject="sub-1"))
    assert "confirm_entry" not in shown(helped, M, TRAJECTORY)
    assert "confirm_entry" in shown(helped, F, TRAJECTORY)


def test_no_fact_of_codes_and_dates_holds_text() -> None:
    """Category episode is codes and dates only; what is about an entry is seen as that entry is."""
    holding = [
        fact.TOPIC
        for fact in FACTS.values()
        if fact.CATEGORY == "episode" and any(is_personal(field) for field in fact.model_fields.values())
        if "entry" not in fact.model_fields
    ]
    assert holding == []


@pytest.mark.parametrize(
    "changes",
    [{"to": {"organisation": "elders", "kind": "specialist"}}, {"categories": ["identity"]}, {"legal_basis": None}],
)
def test_what_a_referral_disclosed_is_not_changed_afterwards(helped: App, changes: dict[str, Any]) -> None:
    """No correction opens the file to an organisation without consent or ground."""
    scope = {"purposes": ["referral"], "categories": ["signal"], "recipients": ["org:ggz"]}
    done(
        helped,
        said("give_consent", 10, consent="r-m", person="g-m", scope=scope, evidence={"kind": "form"}),
        said("give_consent", 11, consent="r-f", person="g-f", scope=scope, evidence={"kind": "form"}),
        said(
            "escalate_referral",
            12,
            episode="e-1",
            referral="r-1",
            to={"organisation": "ggz", "kind": "specialist"},
            route="own",
            handover="cold",
            urgency="normal",
            reason="Hulp.",
            categories=["signal"],
        ),
    )
    entry = helped.store.version(helped.stream_of("t-1"))
    assert do(helped, said("correct_entry", 13, entry=entry, changes=changes)).status == "invalid"


def test_an_irregular_session_gets_no_text_by_correction_and_stays_to_be_judged(helped: App) -> None:
    """Without any text about the child where consent lacked; on the review list until reviewed."""
    done(helped, said("revoke_consent", 10, consent="c-f", evidence={"kind": "form"}))
    done(helped, session(11, irregular="Het gesprek vond al plaats voor de intrekking."))
    entry = helped.store.version(helped.stream_of("t-1"))
    answer = do(helped, said("correct_entry", 12, entry=entry, changes={"summary": SECRET}))
    assert (answer.status, answer.code) == ("refused", "text_without_consent")
    assert do(helped, said("correct_entry", 13, entry=entry, changes={"irregular": None})).status == "invalid"
    done(helped, said("retract_entry", 14, entry=entry, reason="Toch niet."))
    coordinator = Actor("co-1", "coordinator", "GM1916")
    assert "review_irregularity" in shown(helped, coordinator, TRAJECTORY)


def test_a_share_to_a_person_is_refused_where_their_organisation_is(helped: App) -> None:
    """A refusal that covers the request beats every permission that does."""
    evidence = {"kind": "form"}
    to_person = {"purposes": ["care"], "categories": ["plan"], "recipients": ["person:te-1"]}
    to_school = to_person | {"recipients": ["org:school-12AB"]}
    done(
        helped,
        said("give_consent", 10, consent="s-m", person="g-m", scope=to_person, evidence=evidence),
        said("give_consent", 11, consent="s-f", person="g-f", scope=to_person, evidence=evidence),
    )
    to = {"organisation": "school-12AB", "person": "te-1"}
    share = said("share", 12, to=to, categories=["plan"], purpose="care", reason="Afstemming.")
    assert do(helped, share).status == "recorded"
    done(helped, said("refuse_consent", 13, consent="s-n", person="g-f", scope=to_school, evidence=evidence))
    assert do(helped, share | {"at": "2026-03-02T10:14:00+01:00"}).code == "consent_refused"


def test_nobody_approves_the_reveal_that_they_asked_for(helped: App) -> None:
    """Not in another role either."""
    x = {"id": "x", "role": "auditor", "organisation": "inspectie"}
    done(helped, said("request_reveal", 10, x, reveal="v-1", disclosure="d-1", reason="Klacht."))
    approve = said("approve_reveal", 11, x | {"role": "dpo"}, reveal="v-1", disclosure="d-1", reason="Akkoord.")
    assert do(helped, approve).code == "role_not_permitted"
