"""Consent that ends by itself within 90 days: on the list, soonest first, for those who may know of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.listing import EVERYTHING, rows_of
from api.lists import SOON, consent_lapsing
from api.look import Question
from api.main import App, Settings, create
from api.replay import replay_all
from consent_policy.consent import assess
from domain.trajectory.gate import care_ask
from domain.trajectory.state import Child, Episode
from tests.api.given import done
from tests.api.lists.brute import Brute, Children, Row
from tests.api.lists.given import asked, consented, everything, helped, of, paged
from tests.api.lists.municipality import REPLACED, STEADY, VIEWERS, Story, with_another_policy
from tests.conftest import Clock
from tests.examples import AUDITOR, COORDINATOR, COUNSELLOR, JGT, NOW, SOCIAL_WORKER, says
from tests.ledger.place import Place

PLUS = says("start_episode", SOCIAL_WORKER, "01-13 10:00", episode="e-2", programme="preventie_plus")


def until(day: str, programme: str | None = None, consent: str = "c-m") -> dict[str, Any]:
    """The mother's consent until the beginning of a day of 2026."""
    limits = {"programme": programme} if programme else {}
    return consented(until=f"2026-{day}T00:00:00+02:00", **limits) | {"consent": consent}


def test_what_ends_within_ninety_days_is_listed_soonest_first(app: App, clock: Clock) -> None:
    """Not what ends later or has ended, nor what is not consented to; on the last of 90 days it is."""
    days = {"t-1": "07-01", "t-2": "05-10", "t-3": "06-01", "t-4": "08-15", "t-5": "04-20"}
    for child, day in days.items():
        done(app, *helped(child, JGT, until(day)))
    done(
        app,
        *helped("t-6"),
        *helped(
            "t-7",
            JGT,
            says("revoke_consent", COUNSELLOR, "02-01 10:00", person="g-m", all=True, evidence={"kind": "form"}),
        ),
    )
    soonest = [str(app.stream_of(child)) for child in ("t-2", "t-3", "t-1")]
    for viewer in (COORDINATOR, JGT, AUDITOR):
        assert everything(app, consent_lapsing, asked(viewer)) == soonest
        for limit in (1, 2, 3):
            assert paged(app, consent_lapsing, asked(viewer), limit) == soonest
    clock.now = datetime(2026, 8, 14, 22, tzinfo=UTC) - SOON
    assert everything(app, consent_lapsing, asked(COORDINATOR))[-1] == str(app.stream_of("t-4"))
    clock.now -= timedelta(microseconds=1)
    assert str(app.stream_of("t-4")) not in everything(app, consent_lapsing, asked(COORDINATOR))
    assert {each.result for each in replay_all(app)} == {"same"}


def test_a_birthday_ends_what_guardians_said(app: App) -> None:
    """At twelve the youth's own part is missing, from midnight on."""
    child = {"given_name": "Sam", "family_name": "Voorbeeld", "birth_date": "2014-06-10"}
    done(app, *helped("t-1", child=child))
    (row,) = rows_of(consent_lapsing(app, asked(COORDINATOR)))
    assert row["consent_until"] == "2026-06-10T00:00:00+02:00"


def test_of_two_programmes_the_one_that_goes_on_is_listed_when_it_ends(app: App, clock: Clock) -> None:
    """Though consent to the other one has ended, and nobody did anything since."""
    both = (until("05-10", "jgt"), until("08-20", "preventie_plus", "c-plus"))
    done(app, *of("t-1", *helped("t-1")[:2], *both, *helped("t-1")[3:], PLUS))
    seen = []
    for month in (5, 6, 7, 9):
        clock.now = datetime(2026, month, 1, 12, tzinfo=UTC)
        rows = rows_of(consent_lapsing(app, asked(COORDINATOR)))
        seen.append([row["consent_until"] and row["consent_until"][:10] for row in rows])
    assert seen == [["2026-05-10", "2026-08-20"], [None, "2026-08-20"], [None, "2026-08-20"], []]


def test_what_ends_begins_again_and_ends_again_is_listed_each_time(app: App, clock: Clock) -> None:
    """Two permissions that follow each other, with a month between them."""
    later = until("10-01", consent="c-2")
    later["scope"] = later["scope"] | {"from": "2026-06-10T00:00:00+02:00"}
    done(app, *of("t-1", *helped("t-1")[:2], until("05-10"), later, *helped("t-1")[3:]))
    seen = []
    for instant in ("05-01", "05-20", "07-10"):
        clock.now = datetime.fromisoformat(f"2026-{instant}T12:00:00+02:00")
        seen.append([row["consent_until"][:10] for row in rows_of(consent_lapsing(app, asked(COORDINATOR)))])
    assert seen == [["2026-05-10"], [], ["2026-10-01"]]


def between(since: str, end: str, consent: str = "c-m") -> dict[str, Any]:
    """The mother's consent from the beginning of a day of 2026 until that of another."""
    span = {"from": f"2026-{since}T00:00:00+02:00", "until": f"2026-{end}T00:00:00+02:00"}
    return consented(**span) | {"consent": consent}


def refusal(since: str, end: str) -> dict[str, Any]:
    """She refuses for a while, whatever she consented to."""
    said = between(since, end, "c-no")
    return says(
        "refuse_consent",
        COUNSELLOR,
        "01-09 16:35",
        consent="c-no",
        person="g-m",
        scope=said["scope"],
        evidence={"kind": "form"},
    )


STARTS_LATER = {
    "within the ninety days, and ends within them": ([between("06-10", "07-20")], ["06-10", "07-19"]),
    "and ends after them": ([between("06-10", "10-01")], ["07-03", "09-30"]),
    "twice": ([between("06-10", "07-01"), between("08-01", "09-01", "c-2")], ["06-10", "06-30", "08-01", "08-31"]),
    "and another permission goes on": (
        [between("06-10", "07-20"), between("07-01", "12-01", "c-2")],
        ["09-02", "11-30"],
    ),
    "once a refusal is over": ([until("07-20"), refusal("01-10", "06-10")], ["06-10", "07-19"]),
    "and a refusal that comes ends it": (
        [between("06-10", "12-01"), refusal("07-20", "08-01")],
        ["06-10", "07-19", "09-02", "11-30"],
    ),
}
"""Of consent that is not complete yet: what was said, and the first and last day of each while that it is listed."""


@pytest.mark.parametrize("starts", STARTS_LATER)
def test_consent_that_starts_later_is_listed_from_when_it_is_complete(app: App, clock: Clock, starts: str) -> None:
    """Not before, however soon it ends; by nothing but time, and as brute force says."""
    said, days = STARTS_LATER[starts]
    done(app, *of("t-1", *helped("t-1")[:2], *said, *helped("t-1")[3:]), *helped("t-2", JGT, until("07-20")))
    spans = [(noon(first), noon(last)) for first, last in zip(days[::2], days[1::2], strict=True)]
    asked_on = sorted({NOW, *(edge + timedelta(days=by) for span in spans for edge in span for by in (-1, 0, 1))})
    children, child = Children(app), str(app.stream_of("t-1"))
    for clock.now in asked_on:
        for question in (asked(COORDINATOR), asked(COORDINATOR, as_of=clock.now + timedelta(days=20))):
            bodies = list(consent_lapsing(app, question).seen.bodies)
            assert bodies == by_brute_force(children, question), clock.now
            instant = question.as_of or clock.now
            listed = any(row["trajectory"] == child for body in bodies for row in body["rows"])
            assert listed == any(first <= instant <= last for first, last in spans), instant
    assert {each.result for each in replay_all(app)} == {"same"}


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"2026-{day}T12:00:00+02:00")


def test_what_was_about_to_end_then_is_told_as_known_and_as_corrected(app: App, clock: Clock) -> None:
    """Before the mother prolonged it, and of a day in winter."""
    done(app, *helped("t-1", JGT, until("05-10")))
    known_at = app.store.last().recorded_at
    prolonged = until("12-10") | {"at": "2026-04-01T10:00:00+02:00"}
    done(app, *of("t-1", prolonged))
    child = [str(app.stream_of("t-1"))]
    assert everything(app, consent_lapsing, asked(COORDINATOR)) == []
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert everything(app, consent_lapsing, asked(COORDINATOR, known_at=known_at)) == child
    assert everything(app, consent_lapsing, asked(COORDINATOR, as_of=march, known_at=known_at)) == child
    assert everything(app, consent_lapsing, asked(COORDINATOR, as_of=march)) == child
    assert everything(app, consent_lapsing, asked(COORDINATOR, as_of=datetime(2026, 1, 20, tzinfo=UTC))) == []
    assert {each.result for each in replay_all(app)} == {"same"}


def lapse(app: App, child: Child, episode: Episode, at: datetime) -> datetime | None:
    """When consent that is complete ends by itself, by asking at every instant at which it may."""
    ask = care_ask("session", episode.programme.id, episode.programme.explained_first)

    def complete(when: datetime) -> bool:
        return assess(child.grounds, ask, when, app.policy(when), "care").complete

    coming = sorted({*child.grounds.moments, *(each.in_force_from for each in app.policies.values())})
    return next((each for each in coming if each > at and not complete(each)), None) if complete(at) else None


def by_brute_force(children: Children, question: Question) -> list[Row]:
    """What is shown of children with a row that tells of such a lapse, the soonest first."""
    brute, found = Brute(children, question), []
    for child in children.known:
        content = brute.content(child)
        told = {row["episode"] for row in content.body["rows"] if "consent_until" in row}
        then = brute.then(child)
        open_ones = [each for each in then.episodes.values() if each.closed is None and each.episode in told]
        ends = [end for each in open_ones if (end := lapse(brute.app, then, each, brute.as_of))]
        if ends and min(ends) <= brute.as_of + SOON and brute.is_candidate(child):
            found.append((min(ends), child, content.body))
    return [body for _, _, body in sorted(found, key=lambda each: each[:2])]


def test_the_list_is_what_every_child_folded_anew_gives(place: Place, tmp_path: Path) -> None:
    """For every viewer at random points of a story, over a policy that is replaced, on each engine."""
    app = with_another_policy(create(Settings(place.url), simulated=True), tmp_path)
    story, rows = Story(app, 7), 0
    story.now = REPLACED - timedelta(days=60)
    for actions in (120, 60):
        story.goes_on(actions)
        children, then = Children(app), REPLACED - timedelta(days=25)
        for question in (*(each.question() for each in VIEWERS), *(each.question(known_at=then) for each in STEADY)):
            found = consent_lapsing(app, question, EVERYTHING)
            expected = by_brute_force(children, question)
            assert list(found.seen.bodies) == expected
            rows += len(expected)
    assert rows > 5
    app.store.close()
