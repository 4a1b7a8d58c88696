"""Views are pure: the same frame builds the same bytes, and what they show is what they say they show."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.main import App
from projections.timeline import TIMELINE
from projections.trajectory import TRAJECTORY
from projections.view import View, canonical
from projections.views import VIEWS
from tests.examples import COACH, COORDINATOR, PERSONS
from tests.projections.seen import frame, history_of

INSTANTS = (datetime(2025, 9, 10, tzinfo=UTC), datetime(2025, 11, 5, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.role + person.id)
def test_the_same_frame_builds_the_same_bytes(pit: App, view: View, person: Any) -> None:
    """From the same frame again, from one made anew, and from facts that were read anew; fields too."""
    for at in INSTANTS:
        one = frame(pit, person, as_of=at)
        contents = [view.build(one), view.build(one), view.build(frame(pit, person, as_of=at))]
        assert len({canonical(each.body) for each in contents}) == 1
        assert contents[0].fields == contents[1].fields == contents[2].fields


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_a_view_changes_nothing_of_what_it_is_built_from(pit: App, view: View) -> None:
    """The history and the state stay as they were."""
    history = history_of(pit)
    before = [each.model_dump_json() for each in history.standing.values()], history.latest
    view.build(frame(pit, COACH))
    assert ([each.model_dump_json() for each in history.standing.values()], history.latest) == before


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_a_body_is_json_as_it_stands(pit: App, view: View) -> None:
    """Nothing in it is of another kind, so a digest of it is a digest of what was sent."""
    body = view.build(frame(pit, COACH)).body
    assert json.loads(canonical(body)) == body


def test_canonical_bytes_do_not_depend_on_the_order_of_names() -> None:
    """Sorted, without spaces, in UTF-8."""
    assert (
        canonical({"b": [1, None], "a": "ë"})
        == canonical({"a": "ë", "b": [1, None]})
        == '{"a":"ë","b":[1,null]}'.encode()
    )


def test_views_are_found_by_the_name_and_version_that_disclosures_name() -> None:
    """A replay builds with the one that was used."""
    assert VIEWS["timeline", 1] is TIMELINE
    assert VIEWS["trajectory", 1] is TRAJECTORY
    assert all((view.name, view.version) == key for key, view in VIEWS.items())


def test_the_fields_that_are_told_are_the_ones_that_are_shown(pit: App) -> None:
    """Entry by entry, so that the trail says exactly what was seen."""
    content = TIMELINE.build(frame(pit, COACH))
    assert content.fields == {each["entry"]: tuple(each["fields"]) for each in content.body["entries"]}
    rows = TRAJECTORY.build(frame(pit, COORDINATOR))
    episodes = {each["episode"]: tuple(each) for each in rows.body["episodes"]}
    assert set(episodes.values()) <= set(rows.fields.values())


def test_what_may_not_be_seen_leaves_no_key_behind(pit: App) -> None:
    """A body without episodes or signals has no empty lists that say that something could be there."""
    stranger = COORDINATOR.__class__("x", "coordinator", "GM0363")
    assert set(TRAJECTORY.build(frame(pit, stranger)).body) == {"trajectory"}
    assert TIMELINE.build(frame(pit, stranger)).body["entries"] == []
