"""Every look can be built anew from what its disclosure names, and compared (ledger.md, Exact replay)."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from api.look import Seen
from api.main import App, Settings, create
from api.replay import Replayed, replay_all
from consent_policy.policy import Policy, PolicyMissing
from domain.disclosure import Disclosed, Look
from domain.envelope import Recorded, Unrecorded
from domain.fact import Fact
from domain.trajectory.consent import ConsentGiven
from domain.trajectory.episode import EpisodeStarted
from domain.trajectory.support import SessionHeld
from projections.trajectory import TRAJECTORY
from projections.view import Content, Frame
from projections.views import VIEWS
from tests.api.given import body_of, do, done, facts_of, log_of, see
from tests.conftest import Clock, CommandLine
from tests.examples import AUDITOR, CHILD, COACH, NOW, PERSONS, PIT, action, as_, session, withdrawal

AS_OF = (datetime(2025, 10, 20, tzinfo=UTC), NOW - timedelta(days=20))


def results(app: App) -> Counter[str]:
    return Counter(each.result for each in replay_all(app))


def look_from_everywhere(app: App, as_of: datetime | None = None, known_at: datetime | None = None) -> int:
    """Every person of the story looks with every view; how many looks that are."""
    looks = [
        see(app, person, view=view, as_of=as_of, known_at=known_at) for person in PERSONS for view in VIEWS.values()
    ]
    return len(looks)


def test_every_look_replays_the_same_whatever_came_after(pit: App, clock: Clock) -> None:
    """By every role, as of and as known at other instants, through care, withdrawals and late entries since."""
    halfway = log_of(pit)[25].recorded_at
    looks = look_from_everywhere(pit)
    clock.step(hours=1)
    done(pit, session(), session(at="2026-03-12T11:00:00+01:00", summary="Later ingevoerd."))
    looks += look_from_everywhere(pit, as_of=AS_OF[0], known_at=halfway)
    clock.step(days=1)
    done(pit, withdrawal())
    looks += look_from_everywhere(pit, as_of=AS_OF[1])
    done(pit, action("give_consent", at="2026-05-02T11:00:00+02:00", person="g-f", consent="c-f2"))
    looks += look_from_everywhere(pit, known_at=NOW)
    assert results(pit) == Counter(same=looks)


def test_a_look_replays_the_same_after_its_content_was_corrected(pit: App) -> None:
    """A correction of a text, of an instant and a retraction change what later looks show, not what this one did."""
    assert isinstance(see(pit, COACH), Seen)
    number = facts_of(pit, ConsentGiven)[0].entry
    done(
        pit,
        action("hold_session", action="correct_entry", at="2026-05-01T10:00:00+02:00", entry=4,
               changes={"description": "Beter gezegd."}, episode=None, form=None, minutes=None),
        action("hold_session", action="correct_entry", at="2026-05-01T10:01:00+02:00", entry=number,
               changes={"at": "2025-09-09T16:40:00+02:00"}, episode=None, form=None, minutes=None),
    )  # fmt: skip
    assert "Beter gezegd." in json.dumps(body_of(see(pit, COACH)))
    assert results(pit) == Counter(same=2)


def test_a_look_names_the_fields_of_a_row_in_the_order_of_its_view(pit: App) -> None:
    """What was recorded says them in this order; a view that shows them in another one is another version."""
    see(pit, COACH, view=TRAJECTORY)
    started = next(each.entry for each in facts_of(pit, EpisodeStarted) if getattr(each.fact, "episode", "") == "e-2")
    assert " ".join(shown_fields(facts_of(pit, Look)[0])[started]) == (
        "episode programme phase paused outcome since sessions bridging irregular longer_than_short team members lead "
        "same_duo picked_up_late_days next_due overdue referrals absence missing refused_by"
    )


def test_one_look_is_replayed_by_its_id(pit: App, cli: CommandLine) -> None:
    """`zorgspoor replay DISCLOSURE`; with one that does not exist, bad use."""
    seen = see(pit, COACH)
    said = cli("replay", seen.disclosure, "--json", app=pit)
    assert said.code == 0
    assert json.loads(said.out) == {
        "replayed": [{"disclosure": str(seen.disclosure), "position": seen.position, "result": "same", "why": []}],
        "results": {"same": 1},
    }
    for bad in (str(pit.store.opened.stream), "00000000-0000-0000-0000-000000000000", "x"):
        assert cli("replay", bad, app=pit).code == 2
    assert cli("replay", app=pit).code == 2
    assert cli("replay", seen.disclosure, "--all", app=pit).code == 2


def tampered(app: App, folder: Path, position: int, change: Callable[[Any], Fact]) -> None:
    """Put another fact in a row, sealed as only somebody with the keys can."""
    recorded = log_of(app)[position - 1]
    other = Unrecorded(recorded.stream, recorded.entry, change(recorded.fact))
    row: StoredEvent = app.store._mapper.to_stored_event(other)
    connection = sqlite3.connect(folder / "zorgspoor.db")
    connection.execute("UPDATE facts SET state = ? WHERE position = ?", (row.state, position))
    connection.commit()
    connection.close()


def with_part(fact: Disclosed, **changes: Any) -> Disclosed:
    return fact.model_copy(update={"shown": (fact.shown[0].model_copy(update=changes),)})


def without_ground(fact: Disclosed) -> Disclosed:
    return with_part(fact, grounds=fact.shown[0].grounds[1:])


def without_entry(fact: Disclosed) -> Disclosed:
    return with_part(fact, fields={entry: names for entry, names in fact.shown[0].fields.items() if entry != 4})


def as_of_before(fact: Disclosed) -> Disclosed:
    return fact.model_copy(update={"as_of": AS_OF[0]})


TAMPERING: dict[str, tuple[Callable[[Disclosed], Fact], tuple[str, ...]]] = {
    "the digest": (lambda fact: with_part(fact, digest="0" * 64), ("content",)),
    "the entries": (without_entry, ("fields",)),
    "a ground": (without_ground, ("grounds",)),
    "the version": (lambda fact: with_part(fact, version=999), ("stream",)),
    "an older version": (lambda fact: with_part(fact, version=30), ("grounds", "fields", "content")),
    "the instant of the content": (
        lambda fact: fact.model_copy(update={"as_of": AS_OF[0]}),
        ("grounds", "fields", "content"),
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_a_disclosure_that_was_tampered_with_is_different(pit: App, folder: Path, cli: CommandLine, what: str) -> None:
    """By somebody who has the keys: what they changed is named, others stay the same, and the exit code is 1."""
    change, why = TAMPERING[what]
    see(pit, COACH)
    seen = see(pit, COACH)
    tampered(pit, folder, seen.position, change)
    assert list(replay_all(pit))[1] == Replayed(seen.disclosure, seen.position, "DIFFERENT", why)
    said = cli("replay", "--all", "--json", app=pit)
    assert said.code == 1
    assert json.loads(said.out)["results"] == {"same": 1, "DIFFERENT": 1}


def test_a_fact_that_was_tampered_with_makes_the_look_different(pit: App, folder: Path) -> None:
    """A text that was changed in the log afterwards is not what was shown."""
    see(pit, COACH)
    position = facts_of(pit, ConsentGiven)[-1].position
    tampered(pit, folder, position, lambda fact: fact.model_copy(update={"consent": "other"}))
    assert results(pit) == Counter(DIFFERENT=1)


def test_a_policy_that_is_gone_is_an_error(pit: App, cli: CommandLine) -> None:
    """Never a fall-back to another one."""
    see(pit, COACH)
    other = replace(pit, policies={"2026-12": next(iter(pit.policies.values()))})
    with pytest.raises(PolicyMissing):
        results(other)
    assert cli("replay", "--all", app=other).code == 2


def test_a_policy_whose_rules_were_altered_is_different(pit: App) -> None:
    """Rules under the same name that decide otherwise are not the ones that decided then."""
    see(pit, COACH)
    policy = next(iter(pit.policies.values()))
    fields = policy.model_dump(by_alias=True)
    rules = tuple(rule for rule in fields["rules"] if rule["name"] != "care-team")
    altered = Policy.model_validate(fields | {"rules": rules})
    assert results(replace(pit, policies={policy.id: altered})) == Counter(DIFFERENT=1)


def test_a_policy_file_that_was_altered_is_different(pit: App) -> None:
    """Another hash is another policy, also where it would have decided the same."""
    see(pit, COACH)
    policy = next(iter(pit.policies.values()))
    altered = policy.model_copy(update={"sha256": "0" * 64})
    assert results(replace(pit, policies={policy.id: altered})) == Counter(DIFFERENT=1)


def test_a_view_that_builds_other_content_is_different(pit: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that changes its content without a new version is a defect that replay finds."""
    see(pit, COACH)
    view = VIEWS["timeline", 1]

    def other(frame: Frame) -> Content:
        content = view.build(frame)
        return replace(content, body=content.body | {"more": 1})

    monkeypatch.setitem(VIEWS, ("timeline", 1), replace(view, build=other))
    assert [each.why for each in replay_all(pit)] == [("content",)]


def test_of_an_erased_child_it_is_still_told_what_was_shown(pit: App, cli: CommandLine) -> None:
    """`erased`, with entries and fields by name; exit 0, for nothing is wrong."""
    seen = see(pit, COACH)
    see(pit, AUDITOR, "care")
    fields, session_held = shown_fields(facts_of(pit, Look)[0]), facts_of(pit, SessionHeld)[-1].entry
    pit.store.keys.destroy(pit.stream_of(CHILD))
    see(pit, COACH)
    said = cli("replay", "--all", "--json", app=pit)
    assert (said.code, json.loads(said.out)["results"]) == (0, {"erased": 3})
    assert fields[session_held] == ("episode", "form", "with", "minutes", "withheld_from")
    assert shown_fields(facts_of(pit, Look)[0]) == fields
    told = json.loads(cli("disclosures", "--as", as_(AUDITOR), "--json", app=pit).out)["disclosures"]
    assert told[0]["disclosure"] == str(seen.disclosure)
    assert told[0]["children"][0]["entries"] == {str(entry): list(names) for entry, names in fields.items()}


def shown_fields(recorded: Recorded) -> dict[int, tuple[str, ...]]:
    assert isinstance(recorded.fact, Disclosed)
    return recorded.fact.shown[0].fields


def test_the_digest_cannot_be_guessed_without_the_key(pit: App, app_of_another_store: App) -> None:
    """The same content of the same child has another digest in another store."""
    digests = set()
    for app in (pit, app_of_another_store):
        see(app, COACH, trajectory=CHILD, as_of=datetime(2025, 9, 1, 7, 0, 30, tzinfo=UTC))
        fact = facts_of(app, Look)[-1].fact
        digests.add(fact.shown[0].digest if isinstance(fact, Disclosed) else "")
    assert len(digests) == 2


@pytest.fixture
def app_of_another_store(tmp_path: Path, clock: Clock) -> App:
    app = create(Settings(f"sqlite:///{tmp_path / 'other.db'}"), clock=clock)
    for line in PIT:
        do(app, line)
    return app
