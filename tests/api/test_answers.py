"""What an action hears back: once recorded, and the same answer for the same action (domain.md, Actions)."""

from typing import Any
from uuid import UUID

import pytest

from api.act import RETRIES
from api.answer import Answer
from api.main import App
from consent_policy.grounds import Actor
from domain.attempt import ActionRefused
from domain.facts import FACTS
from ledger.errors import Moved
from tests.api.given import do, done, facts_of, log_of, told
from tests.conftest import Clock
from tests.examples import CHILD, MOTHER, NOW, PIT, SECOND_COACH, TEACHER, action, by, opening, session, withdrawal


def test_what_is_recorded_is_told_with_its_position_and_entry(app: App) -> None:
    """Positions without gaps from the second on, entries from 1; the fact stands there, and is what was said."""
    answers = done(app, *PIT[:3])
    assert [(each.positions, each.entries) for each in answers] == [((2,), (1,)), ((3,), (2,)), ((4,), (3,))]
    assert {each.trajectory for each in answers} == {str(app.stream_of(CHILD))}
    stored = log_of(app)
    assert [each.position for each in stored] == [1, 2, 3, 4]
    assert stored[3].fact == app.history(app.stream_of(CHILD)).entries[2].fact


def test_the_positions_of_the_whole_story_are_contiguous(pit: App) -> None:
    """Refusals stand in the same order; every action that was recorded left exactly one fact with the child."""
    stored = log_of(pit)
    assert [each.position for each in stored] == list(range(1, len(stored) + 1))
    stream = pit.stream_of(CHILD)
    assert [each.entry for each in stored if each.stream == stream] == list(range(1, pit.store.version(stream) + 1))
    refused = facts_of(pit, ActionRefused)
    assert len(stored) == 1 + pit.store.version(stream) + len(refused)


def test_the_same_action_again_is_unchanged_with_the_same_entry(pit: App) -> None:
    """Nothing is recorded, now or after care went on."""
    first, before = do(pit, session()), None
    assert first.status == "recorded"
    done(pit, session(at="2026-04-28T15:00:00+02:00"))
    before = log_of(pit)
    again = do(pit, session())
    assert (again.status, again.entries, again.positions) == ("unchanged", first.entries, ())
    assert log_of(pit) == before


SAME: dict[str, dict[str, Any]] = {
    "the same instant in another offset": {"at": "2026-04-28T09:00:00Z"},
    "the same instant with a fraction": {"at": "2026-04-28T11:00:00.000000+02:00"},
    "a default spelled out": {"with": [], "withheld_from": []},
    "nothing spelled out": {"summary": "null", "irregular": "null"},
}


@pytest.mark.parametrize("how", SAME)
def test_what_says_the_same_is_the_same_action(pit: App, how: str) -> None:
    """Written otherwise, it is still the one that was recorded."""
    done(pit, session(minutes=40))
    changes = {name: None if value == "null" else value for name, value in SAME[how].items()}
    again = session(minutes=40) | changes
    assert told(pit, dict(reversed(again.items()))) == ("unchanged", None)


def test_a_default_inside_a_part_counts_as_left_out(app: App) -> None:
    """A scope without a programme, or with null for it; a child without a BSN."""
    done(app, opening("t-1", child={"given_name": "Noor", "family_name": "Vos", "birth_date": "2016-05-10"}))
    with_null = {"given_name": "Noor", "family_name": "Vos", "birth_date": "2016-05-10", "bsn": None}
    assert told(app, opening("t-1", child=with_null)) == ("unchanged", None)


OTHER: dict[str, dict[str, Any]] = {
    "a second later": {"at": "2026-04-28T11:00:01+02:00"},
    "by somebody else": {"by": by(SECOND_COACH)},
    "a minute longer": {"minutes": 46},
    "with a text": {"summary": "Meer gezegd."},
}


@pytest.mark.parametrize("how", OTHER)
def test_what_says_something_else_is_another_action(pit: App, how: str) -> None:
    """Without an id of its own, an action is what it says."""
    done(pit, session(), session(**OTHER[how]))


def test_the_same_id_with_other_content_is_reference_in_use(pit: App) -> None:
    """Of the same actor about the same child; what was recorded stays as it was."""
    done(pit, session(action_id="x"))
    assert told(pit, session(action_id="x", minutes=50)) == ("refused", "reference_in_use")
    assert told(pit, withdrawal(action_id="x")) == ("refused", "reference_in_use")
    assert told(pit, session(action_id="x")) == ("unchanged", None)


def test_an_id_belongs_to_its_actor_and_its_child(pit: App) -> None:
    """Somebody else, or another child, may use the same one."""
    done(pit, session(action_id="x"), session(action_id="x", by=by(SECOND_COACH)), opening("t-2", action_id="x"))


def test_the_same_content_under_another_id_happened_twice(pit: App) -> None:
    """A person who tries again sends a new id: two sessions of the same minute, if they say so."""
    done(pit, session(action_id="x"), session(action_id="y"))


def test_something_named_again_is_unchanged_or_reference_in_use(pit: App) -> None:
    """With the same name and content under another id it is the one that is known; with other content it is not."""
    assert told(pit, action("raise_signal", action_id="new")) == ("unchanged", None)
    assert told(pit, action("raise_signal", setting="home")) == ("refused", "reference_in_use")
    assert told(pit, action("open_trajectory", action_id="new")) == ("unchanged", None)
    assert told(pit, action("open_trajectory", municipality="GM0363")) == ("refused", "reference_in_use")


def test_a_refusal_repeated_word_for_word_is_the_same_and_kept_once(pit: App) -> None:
    """Also after what stood in its way has passed: who tries anew sends a new id."""
    done(pit, withdrawal())
    refused = session(at="2026-05-01T11:30:00+02:00")
    assert told(pit, refused) == ("refused", "consent_missing")
    done(pit, action("give_consent", at="2026-05-01T11:10:00+02:00", person="g-f", consent="c-f2"))
    before = log_of(pit)
    assert [told(pit, refused) for _ in range(3)] == [("refused", "consent_missing")] * 3
    assert log_of(pit) == before
    assert told(pit, refused | {"action_id": "again"}) == ("recorded", None)
    assert told(pit, refused) == ("refused", "consent_missing")


def test_a_refused_id_does_not_fit_other_content(pit: App) -> None:
    """The answer that was given belongs to what was said then."""
    teacher = session(by=by(TEACHER), action_id="x")
    assert told(pit, teacher) == ("refused", "not_in_team")
    assert told(pit, teacher | {"minutes": 50}) == ("refused", "reference_in_use")
    assert told(pit, teacher) == ("refused", "not_in_team")


def test_what_lies_in_the_future_is_recorded_once_it_does_not(pit: App, clock: Clock) -> None:
    """in_the_future passes by itself: it is a fact once, and no answer for later."""
    tomorrow, before = session(at="2026-05-02T11:00:00+02:00"), len(log_of(pit))
    assert [told(pit, tomorrow) for _ in range(2)] == [("refused", "in_the_future")] * 2
    assert [each.topic for each in log_of(pit)[before:]] == [ActionRefused.TOPIC]
    clock.step(days=1)
    assert told(pit, tomorrow) == ("recorded", None)
    assert told(pit, tomorrow) == ("unchanged", None)


def test_a_microsecond_ahead_of_the_clock_is_the_future(pit: App, clock: Clock) -> None:
    """Now is not."""
    assert told(pit, session(at="2026-05-01T10:00:00.000001Z")) == ("refused", "in_the_future")
    assert told(pit, session(at=NOW.isoformat())) == ("recorded", None)


STRANGER = Actor("jgt-9", "jgt_consultant", "elsewhere")

ORDER: list[tuple[str, dict[str, Any]]] = [
    ("in_the_future", session(trajectory="nobody", at="2027-01-01T00:00:00Z", episode="e-9", by=by(TEACHER))),
    ("before_birth", session(at="2010-01-01T00:00:00Z", episode="e-9", by=by(TEACHER))),
    ("unknown_reference", session(trajectory="nobody", by=by(TEACHER))),
    ("unknown_reference", session(episode="e-9", by=by(TEACHER))),
    ("unknown_reference", action("raise_signal", informed=["g-x"])),
    ("reference_in_use", action("raise_signal", setting="home", by=by(MOTHER) | {"id": "nobody"})),
    ("role_not_permitted", session(by=by(MOTHER), episode="e-1")),
    ("unknown_reference", action("give_consent", by=by(STRANGER), consent="c-9", person="g-x")),
    ("not_related", action("give_consent", by=by(STRANGER), consent="c-9")),
    ("not_in_team", session(by=by(TEACHER), episode="e-1")),
    ("episode_closed", session(episode="e-1")),
]


@pytest.mark.parametrize(("code", "said"), ORDER)
def test_of_several_answers_the_first_in_order_is_told(pit: App, code: str, said: dict[str, Any]) -> None:
    """As domain.md has them: time, references, who, whether it is open, consent, the action's own rule."""
    assert told(pit, said) == ("refused", code)


def test_consent_is_asked_before_the_rule_of_the_action(pit: App) -> None:
    """And whether the episode is open before consent; the answer given before comes before everything."""
    bridging = session(at="2025-11-04T10:00:00+01:00", episode="e-1", form="bridging")
    assert told(pit, bridging) == ("refused", "consent_missing")
    assert told(pit, session(at="2025-11-02T10:00:00+01:00", episode="e-1", form="bridging")) == (
        "refused",
        "not_applicable",
    )
    done(pit, session(action_id="x"))
    assert told(pit, session(action_id="x", at="2027-01-01T00:00:00Z")) == ("refused", "reference_in_use")


def test_of_an_erased_child_everything_is_erased(pit: App) -> None:
    """Whatever else would be wrong with it, and again when it is repeated; it is kept once."""
    pit.store.keys.destroy(pit.stream_of(CHILD))
    said = session(at="2027-01-01T00:00:00Z", by=by(TEACHER), episode="e-9")
    assert [told(pit, said) for _ in range(2)] == [("refused", "erased")] * 2
    assert told(pit, PIT[0]) == ("refused", "erased")
    assert len(facts_of(pit, ActionRefused)) == 2


def test_a_refusal_names_no_more_than_its_code(pit: App) -> None:
    """What is kept: who, when, which action, why not, and the receipt."""
    answer = do(pit, session(by=by(TEACHER), summary="Sproetje slaapt slecht.", action_id="x"))
    kept = facts_of(pit, ActionRefused)[-1]
    assert isinstance(kept.fact, ActionRefused)
    assert (kept.fact.by, kept.fact.action, kept.fact.code) == (TEACHER, "hold_session", "not_in_team")
    assert answer == Answer("refused", "not_in_team", answer.message, str(pit.stream_of(CHILD)))
    assert "Sproetje" not in kept.fact.model_dump_json()
    assert kept.subject == pit.stream_of(CHILD)
    assert set(kept.fact.model_dump()) == {"occurred_at", "by", "stream", "action", "code", "receipt"}


def test_stale_is_told_when_another_change_came_first_every_time(pit: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is recorded, not even the refusal, and later the same action is."""
    before, saves = log_of(pit), list[int]()

    def moved(*_: Any, **__: Any) -> None:
        saves.append(1)
        raise Moved(UUID(int=0))

    with monkeypatch.context() as patched:
        patched.setattr(pit.store, "save", moved)
        assert told(pit, session()) == ("refused", "stale")
    assert len(saves) == 1 + RETRIES
    assert log_of(pit) == before
    assert told(pit, session()) == ("recorded", None)


def test_an_action_is_decided_again_on_what_came_first(pit: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A withdrawal lands between deciding and appending: what was allowed before it is refused after it."""
    save, saves = pit.store.save, list[int]()

    def later(*arguments: Any, **named: Any) -> Any:
        saves.append(1)
        if len(saves) == 1:
            done(pit, withdrawal())
        return save(*arguments, **named)

    monkeypatch.setattr(pit.store, "save", later)
    assert told(pit, session(at="2026-05-01T11:30:00+02:00")) == ("refused", "consent_missing")
    assert [each.topic for each in log_of(pit)[-2:]] == ["trajectory.consent-revoked.1", "attempt.refused.1"]


def test_every_fact_in_the_log_is_of_a_registered_kind(pit: App) -> None:
    """Nothing is recorded that could not be read back, by whatever name."""
    assert {each.topic for each in log_of(pit)} <= set(FACTS)
    assert all(each.fact is not None for each in log_of(pit))


@pytest.mark.parametrize("episode", ["e-2", "e-1"], ids=["done", "refused"])
def test_a_clash_of_ids_is_a_refusal_that_is_kept(pit: App, episode: str) -> None:
    """What was tried is a fact, also where the id had its answer already (domain.md, Streams)."""
    first = session(action_id="x", episode=episode)
    do(pit, first)
    before = len(facts_of(pit, ActionRefused))
    assert told(pit, first | {"minutes": 50}) == ("refused", "reference_in_use")
    assert len(facts_of(pit, ActionRefused)) == before + 1
