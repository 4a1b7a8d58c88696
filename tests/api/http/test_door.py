"""What programs ask of the door, and how they are answered."""

import json
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from api.http import health
from api.main import App
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused, LogQueried
from tests.api.given import done, facts_of, log_of
from tests.api.http.given import Asked, Service, door, problem, token
from tests.api.http.matrix import account_of, linked, said
from tests.examples import (
    AUDITOR,
    CHILD,
    COACH,
    COORDINATOR,
    COUNSELLOR,
    DPO,
    EVALUATOR,
    MOTHER,
    RECORDS_OFFICER,
    SECOND_COACH,
    YOUTH,
    by,
    session,
)

STRANGER = Actor("pit-9", "pit_coach", "pit-elders")


def link(app: App, account: str, person: str = "g-m") -> None:
    """The account of a guardian, linked and confirmed."""
    said = {
        "action": "link_account",
        "at": "2026-04-20T10:00:00+02:00",
        "trajectory": CHILD,
        "by": by(COUNSELLOR),
    }
    (linked,) = done(app, said | {"person": person, "subject": account})
    confirmed = {"action": "confirm_entry", "entry": linked.entries[0], "by": by(COACH)}
    done(app, said | confirmed)


def by_whom(app: App, answer: httpx.Response) -> Actor | None:
    """Of whom the log has the action that was recorded."""
    (position,) = answer.json()["positions"]
    (recorded,) = app.store.at([position])
    return recorded.fact.by if recorded.fact else None


def test_a_look_is_recorded_before_it_is_shown(service: Service, pit: App) -> None:
    """The answer names the disclosure and the position at which the log has it."""
    answer = service.by(COACH).get(f"/trajectories/{CHILD}")
    look = facts_of(pit, Disclosed)[-1]
    assert answer.status_code == 200
    assert (answer.json()["disclosure"], answer.json()["position"]) == (str(look.stream), look.position)
    assert answer.headers["zorgspoor-position"] == str(look.position)
    assert isinstance(look.fact, Disclosed)
    assert (look.fact.by, look.fact.door.door, look.fact.door.authentication) == (COACH, "http", "test")
    assert look.fact.door.request == answer.headers["zorgspoor-request"]


def test_who_acts_is_who_signed_in(service: Service, pit: App) -> None:
    """An action is of the person who signed in, and cannot be of another."""
    said = {name: value for name, value in session().items() if name not in ("by", "action")}
    recorded = service.by(COACH).post("/actions/hold_session", json=said)
    assert (recorded.status_code, recorded.json()["status"]) == (201, "recorded")
    assert by_whom(pit, recorded) == COACH
    other = service.by(COACH).post("/actions/hold_session", json=said | {"by": by(SECOND_COACH)})
    assert problem(other) == (422, "invalid")


def test_the_same_key_gets_the_same_answer(service: Service, pit: App) -> None:
    """Sent again with its key, an action is not done twice; with other content the key is taken."""
    said = {name: value for name, value in session().items() if name not in ("by", "action")}
    coach = service.by(COACH, **{"Idempotency-Key": "once"})
    first, again = (coach.post("/actions/hold_session", json=said) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["entries"] == again.json()["entries"]
    assert problem(coach.post("/actions/hold_session", json=said | {"minutes": 44})) == (409, "reference_in_use")
    known = len(log_of(pit))
    assert problem(coach.post("/actions/hold_session", json=said | {"action_id": "twice"})) == (422, "invalid")
    assert len(log_of(pit)) == known


def test_a_list_of_actions_is_answered_one_by_one(service: Service) -> None:
    """A bad one never stops the rest."""
    good, bad = session(), session() | {"minutes": -1}
    del good["by"], bad["by"]
    answers = service.by(COACH).post("/actions", json=[bad, good, 7, good])
    assert [each["status"] for each in answers.json()] == ["invalid", "recorded", "invalid", "unchanged"]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("en;q=0.1, nl;q=0.9", "nl"),
        ("en, nl", "en"),
        ("nl-NL, en", "nl"),
        ("nl;q=0", "en"),
        ("fr;q=x", "en"),
        ("nl;q=x", "en"),
    ],
)
def test_the_language_that_is_wanted_most(service: Service, wanted: str, told: str) -> None:
    """Of two that are wanted alike, the first."""
    answer = service.by(COORDINATOR, **{"Accept-Language": wanted}).get("/trajectories/nobody")
    assert answer.headers["content-language"] == told


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_refusal_is_told_in_the_askers_language(service: Service, language: str) -> None:
    """Dutch or English, as Accept-Language prefers."""
    answer = service.by(COORDINATOR, **{"Accept-Language": f"fr, {language};q=.9"}).get("/trajectories/nobody")
    assert problem(answer) == (403, "no_rule")
    assert answer.headers["content-language"] == language
    assert ("rule" in answer.json()["title"]) == (language == "en")


def test_a_guardian_is_known_by_their_linked_account(service: Service, pit: App) -> None:
    """Before it is linked and confirmed nothing is there for them; afterwards they look as who they are there."""
    mother = service.by(MOTHER, account="digid-7")
    assert problem(mother.get(f"/trajectories/{CHILD}")) == problem(mother.get("/trajectories/nobody"))
    assert mother.get("/me").json()["trajectories"] == []
    link(pit, "digid-7")
    shown = mother.get(f"/trajectories/{CHILD}")
    look = facts_of(pit, Disclosed)[-1].fact
    assert (shown.status_code, look and look.by) == (200, MOTHER)
    assert mother.get("/me").json()["trajectories"] == [{"trajectory": str(pit.stream_of(CHILD)), "person": "g-m"}]
    assert mother.get(f"/trajectories/{CHILD}/access-log").json()["disclosures"]
    words = {"trajectory": CHILD, "at": "2026-04-28T10:00:00Z", "text": "Het gaat goed."}
    said = mother.post("/actions/add_statement", json=words)
    assert by_whom(pit, said) == MOTHER


def test_an_account_is_nobody_in_another_role(service: Service, pit: App) -> None:
    """The account of a guardian is not that of the youth, and the reference itself is no account."""
    link(pit, "digid-7")
    nobody = problem(service.by(MOTHER, account="digid-8").get(f"/trajectories/{CHILD}"))
    assert problem(service.by(MOTHER, account="g-m").get(f"/trajectories/{CHILD}")) == nobody
    assert service.by(YOUTH, account="digid-7").get(f"/trajectories/{CHILD}").status_code == 403


def test_an_account_that_was_unlinked_is_nobody_again(service: Service, pit: App) -> None:
    """A link that was ended holds no moment longer."""
    link(pit, "digid-7")
    said = {
        "action": "unlink_account",
        "at": "2026-04-21T10:00:00+02:00",
        "trajectory": CHILD,
        "by": by(COUNSELLOR),
    }
    done(pit, said | {"person": "g-m", "subject": "digid-7"})
    mother = service.by(MOTHER, account="digid-7")
    assert mother.get(f"/trajectories/{CHILD}").status_code == 403
    assert mother.get("/me").json()["trajectories"] == []


def test_of_several_roles_one_is_stated(service: Service, pit: App) -> None:
    """Who has several says which; who says one that they do not have is refused, and nothing is recorded."""
    both = Actor(COACH.id, "coordinator", "GM0546")
    known = len(log_of(pit))
    assert problem(service.by(COACH, both).get("/caseload")) == (403, "role_required")
    assert problem(service.by(COACH, **{"Zorgspoor-Role": "dpo"}).get("/caseload")) == (403, "no_such_role")
    assert len(log_of(pit)) == known
    assert service.by(COACH, both, **{"Zorgspoor-Role": "coordinator"}).get("/caseload").status_code == 200
    assert [each.fact.by for each in facts_of(pit, Disclosed) if each.fact] == [both]


@pytest.mark.parametrize("seats", [(COACH, COORDINATOR), ()])
def test_who_states_no_role_hears_which_they_have(service: Service, seats: tuple[Actor, ...]) -> None:
    """Else nobody with two, or none, could find out; nor as whom they are known, which `link_account` asks for."""
    who = token(*seats) if seats else f"Test {quote(json.dumps(['nobody']))}"
    asking = service.by(COACH, Authorization=who)
    told = asking.get("/me").json()
    assert told["acting_as"] is None
    assert [each["role"] for each in told["roles"]] == [each.role for each in seats]
    assert told["id"] == (COACH.id if seats else "nobody")
    assert asking.get("/programmes").status_code == 200
    assert asking.get("/caseload").status_code == 403


def test_lists_page_by_cursor(service: Service, pit: App) -> None:
    """A cursor leads on, and fits no other viewer and no other list."""
    auditor = service.by(AUDITOR)
    for _ in range(3):
        service.by(COACH).get(f"/trajectories/{CHILD}")
    first = auditor.get("/disclosures", params={"limit": 2}).json()
    second = auditor.get("/disclosures", params={"limit": 2, "cursor": first["next"]}).json()
    assert [len(each["disclosures"]) for each in (first, second)] == [2, 1]
    assert "next" not in second
    other = service.by(DPO).get("/disclosures", params={"limit": 2, "cursor": first["next"]})
    assert problem(other) == (422, "invalid")


def test_an_auditor_replays_over_the_door(service: Service, pit: App) -> None:
    """Each look is what was shown; others may not ask, and that they did is recorded."""
    look = service.by(COACH).get(f"/trajectories/{CHILD}").json()["disclosure"]
    assert service.by(AUDITOR).get(f"/disclosures/{look}/replay").json()["result"] == "same"
    assert problem(service.by(COACH).get(f"/disclosures/{look}/replay")) == (403, "no_rule")
    nobody = "00000000-0000-4000-8000-000000000000"
    assert problem(service.by(AUDITOR).get(f"/disclosures/{nobody}/replay")) == (404, "not_found")
    assert problem(service.by(COACH).get(f"/disclosures/{nobody}/replay")) == (403, "no_rule")
    assert len(facts_of(pit, LogQueried)) == 4


def test_who_carries_out_a_request_asks_who_looked(service: Service, pit: App) -> None:
    """A copy of the file says so (rule legal): of one child, and of no other purpose than that."""
    path = f"/trajectories/{CHILD}/access-log"
    service.by(COACH).get(f"/trajectories/{CHILD}")
    for officer, why in ((RECORDS_OFFICER, {}), (DPO, {"Purpose-Of-Use": "legal"}), (DPO, {})):
        assert service.by(officer, **why).get(path).json()["disclosures"][0]["viewer"]["id"] == COACH.id
    filters = [each.fact.filters for each in facts_of(pit, LogQueried) if isinstance(each.fact, LogQueried)]
    assert ["purpose=legal" in each for each in filters] == [True, True, False]
    assert problem(service.by(RECORDS_OFFICER).get("/disclosures")) == (403, "no_rule")
    assert problem(service.by(COACH, **{"Purpose-Of-Use": "legal"}).get(path)) == (403, "no_rule")


def test_explain_tells_others_only_to_auditors(service: Service) -> None:
    """A coach hears why they themselves may not; who is missing is for those who audit."""
    asked = {"trajectory": CHILD, "category": "session"}
    about = {"viewer": "pit-1", "role": "pit_coach", "organisation": "pit-leiden", "purpose": "care"}
    own = service.by(COACH).get("/explain", params=asked)
    assert own.json()["decision"] == "permit"
    assert "required" not in own.json()
    assert problem(service.by(COACH).get("/explain", params=asked | about)) == (403, "no_rule")
    assert service.by(AUDITOR).get("/explain", params=asked | about).json()["required"] == ["g-m", "g-f"]
    stranger = [service.by(STRANGER).get("/explain", params=asked | {"trajectory": each}) for each in (CHILD, "nobody")]
    assert stranger[0].json() == stranger[1].json()


@pytest.mark.parametrize("asked", ["/me", f"/explain?trajectory={CHILD}&category=session"])
def test_what_is_told_of_a_family_holds_where_it_is_recorded(
    service: Service, pit: App, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """An account that is unlinked at the last moment is no longer one of somebody of the family."""
    linked(pit)
    save, subject = App.save, str(account_of(MOTHER))

    def late(*given: Any, **more: Any) -> Any:
        monkeypatch.undo()
        done(pit, said("unlink_account", COUNSELLOR, person="g-m", subject=subject))
        return save(*given, **more)

    mother = service.by(MOTHER, account=subject)
    before = mother.get(asked).json()
    queried = facts_of(pit, LogQueried)[-1].fact
    monkeypatch.setattr(App, "save", late)
    after = mother.get(asked).json()
    assert (before.get("trajectories"), before.get("decision")) != (after.get("trajectories"), after.get("decision"))
    now = facts_of(pit, LogQueried)[-1].fact
    assert isinstance(queried, LogQueried)
    assert isinstance(now, LogQueried)
    assert (queried.count, now.count) == ((1, 0) if asked == "/me" else (1, 1))
    assert now.by.id.startswith("account-")
    assert queried.by.id == ("g-m" if asked != "/me" else now.by.id)


def test_everybody_reads_what_is_in_force(service: Service) -> None:
    """Programmes and policies are data, with their hashes."""
    assert len(service.by(EVALUATOR).get("/programmes").json()["programmes"]) == 5
    (policy,) = service.by(EVALUATOR).get("/policies").json()["policies"]
    assert len(policy["sha256"]) == 64


def test_health_tells_nothing_about_anybody(service: Service) -> None:
    """Live and ready without signing in; the metrics count routes, not addresses."""
    service.by(COACH).get(f"/trajectories/{CHILD}")
    nobody = service.by(COACH)
    del nobody.headers["authorization"]
    assert nobody.get("/health/live").status_code == nobody.get("/health/ready").status_code == 200
    metrics = nobody.get("/metrics").text
    assert 'route="/trajectories/{trajectory}",status="200"} 1.0' in metrics
    assert CHILD not in metrics
    assert "pit-1" not in metrics


def test_it_is_not_ready_where_nobody_projects(pit: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists wait for the last fact, so one that nobody projects keeps all of them."""
    pit.reads.projector.catch_up()
    monkeypatch.setattr(health, "PATIENCE", 0.02)
    with Asked(door(pit)) as ask:
        assert keeps_up(ask)
        ask("GET", f"/trajectories/{CHILD}", token(COACH))
        assert keeps_up(ask)
        sleep(0.03)
        assert not keeps_up(ask)
        pit.reads.projector.catch_up()
        assert keeps_up(ask)


def keeps_up(ask: Asked) -> bool:
    return bool(ask("GET", "/health/ready", "").json()["checks"]["projector"])


@pytest.mark.parametrize(("suffix", "check"), [("db", "log"), ("keys.db", "keys"), ("key", "keys")])
def test_it_is_not_ready_without_its_files(pit: App, folder: Path, suffix: str, check: str) -> None:
    """What runs would go on by what is in memory, and what it records could be gone with it."""
    file = folder / f"zorgspoor.{suffix}"
    with Asked(door(pit)) as ask:
        assert ask("GET", "/health/ready", "").status == 200
        away = file.rename(file.with_name("away"))
        told = ask("GET", "/health/ready", "")
        assert (told.status, told.json()["checks"][check]) == (503, False)
        if check == "log":
            sent = session() | {"action_id": "lost?"}
            assert ask("POST", "/actions/hold_session", token(COACH), sent).status == 503
        away.rename(file)
        ask("GET", "/health/ready", "")
        assert ask("GET", "/health/ready", "").status == 200


def test_nobody_sees_anything_without_signing_in(service: Service, pit: App) -> None:
    """Every route but those of health asks who is there; nothing is recorded of nobody."""
    nobody, known = service.by(COACH), len(log_of(pit))
    del nobody.headers["authorization"]
    document = nobody.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method in operations:
            filled = path.format(trajectory=CHILD, entry=1, disclosure="00000000-0000-4000-8000-000000000000")
            answer = nobody.request(method, filled, json={} if method == "post" else None)
            assert problem(answer) == (401, "unauthenticated"), path
    assert len(log_of(pit)) == known


def test_a_refused_look_is_recorded(service: Service, pit: App) -> None:
    """Under the id that the refusal names."""
    answer = service.by(STRANGER).get(f"/trajectories/{CHILD}/dossier")
    assert problem(answer) == (403, "not_in_team")
    assert answer.json()["disclosure"] == str(facts_of(pit, DisclosureRefused)[-1].stream)
