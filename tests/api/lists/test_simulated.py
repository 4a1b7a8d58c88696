"""A caseload is the fold of the log: now, as known at any instant, and as corrected at any."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from api.listing import EVERYTHING, Page
from api.lists import caseload
from api.look import Question
from api.main import App, Settings, create
from api.replay import replay_all
from domain.disclosure import Disclosed
from tests.api.lists.brute import OF_CONSENT, OF_IDENTITY, Brute, Children, Row, named, seen_parts, without
from tests.api.lists.municipality import BEGINS, REPLACED, STEADY, VIEWERS, Archived, Story, with_another_policy
from tests.ledger.place import Place

SEED = 20261
PAIRS = 200


class Tell(Protocol):
    """Makes a store at an address, of which a story with this seed can be told."""

    def __call__(self, url: str, seed: int = SEED) -> Story: ...


@pytest.fixture
def tell(tmp_path: Path) -> Iterator[Tell]:
    """Makes a simulated store at an address, of which a story can be told."""
    apps = list[App]()

    def made(url: str, seed: int = SEED) -> Story:
        apps.append(with_another_policy(create(Settings(url), simulated=True), tmp_path))
        return Story(apps[-1], seed)

    yield made
    for app in apps:
        app.store.close()


@pytest.fixture
def story(place: Place, tell: Tell) -> Story:
    """Some months, on each engine."""
    story = tell(place.url)
    story.goes_on(150)
    return story


@pytest.fixture
def chance() -> random.Random:
    """Instants to ask about."""
    return random.Random(SEED)  # noqa: S311  # no secret


def shown(app: App, question: Question) -> bytes:
    return bytes_of(caseload(app, question, EVERYTHING).seen.bodies)


def bytes_of(bodies: object) -> bytes:
    return json.dumps(bodies, ensure_ascii=False).encode()


def assert_as_archived(archived: Archived, children: Children) -> Counter[str]:
    """Asked again as known then. How many rows are the same, are not permitted any more, or have become permitted."""
    app, viewer = children.app, archived.viewer
    question = archived.as_known
    again = caseload(app, question, EVERYTHING).seen.bodies
    if viewer in STEADY:
        assert bytes_of(again) == bytes_of(archived.listed.seen.bodies)
    assert bytes_of(again) == bytes_of(Brute(children, question).bodies())
    return assert_what_is_permitted_is_as_it_was(archived, children, named(list(again)))


def assert_what_is_permitted_is_as_it_was(
    archived: Archived, children: Children, again: dict[tuple[str, str, str], Row]
) -> Counter[str]:
    """Rows of the archive that are permitted now, field by field; others are gone, and those that come were not."""
    then, question, seen = named(list(archived.listed.seen.bodies)), archived.viewer.question(), Counter[str]()
    ids, now = {str(child): child for child in children.known}, children.app.now()
    for name, row in then.items():
        grounds = children.known[ids[name[0]]].latest.grounds
        parts = set(seen_parts(name, grounds, question, now, children.app.policy(now)))
        assert ("row" in parts) == (name in again)
        seen["the same" if "row" in parts else "gone"] += 1
        if "row" in parts:
            assert_field_by_field(row, again[name], parts)
            seen["fewer fields"] += len(again[name]) < len(row)
    for name in again.keys() - then.keys():
        grounds = children.known_at(ids[name[0]], archived.at).latest.grounds
        at = archived.at
        assert "row" not in set(seen_parts(name, grounds, question, at, children.app.policy(at)))
        grounds = children.known[ids[name[0]]].latest.grounds
        assert "row" in set(seen_parts(name, grounds, question, now, children.app.policy(now)))
        seen["come"] += 1
    return seen


def assert_field_by_field(then: Row, now: Row, seen: set[str]) -> None:
    """Who the child is and whose consent lacks come and go with permission; all else is equal."""
    assert bytes_of(without(then, *OF_CONSENT, *OF_IDENTITY)) == bytes_of(without(now, *OF_CONSENT, *OF_IDENTITY))
    for part, names in (("identity", OF_IDENTITY), ("consent", OF_CONSENT if "episode" in now else ())):
        assert now.keys() & set(names) == (set(names) if part in seen else set())
        assert all(now[each] == then[each] for each in names if each in now and each in then)


def assert_as_known_is_as_archived(story: Story, pairs: int) -> Counter[str]:
    """Somebody looks every few actions; in the end they ask again for what was known then. How many rows of each."""
    for _ in range(pairs + pairs // 10):
        story.goes_on(3)
        story.archives()
    children, seen = Children(story.app), Counter[str]()
    for each in story.chance.sample(story.archived, pairs):
        seen += assert_as_archived(each, children)
    assert story.archived[0].at < REPLACED < story.archived[-1].at
    assert {each.result for each in replay_all(story.app)} == {"same"}
    return seen


def assert_each_matters(story: Story) -> None:
    """Told by the policy of today, or with all that is known today, some of those answers would be others."""
    children, policy = Children(story.app), story.app.policy
    steady = [each for each in story.archived if each.viewer in STEADY]
    by_policy = [Brute(children, each.as_known, told_by=policy(story.app.now())) for each in steady]
    by_corrections = [Brute(children, each.viewer.question(each.at), told_by=policy(each.at)) for each in steady]
    for others in (by_policy, by_corrections):
        answers = [bytes_of(each.bodies()) for each in others]
        assert any(answer != bytes_of(each.listed.seen.bodies) for answer, each in zip(answers, steady, strict=True))


def test_as_known_lists_at_200_random_viewer_instant_pairs_equal_the_answers_archived_when_they_were_given(
    tell: Tell, tmp_path: Path
) -> None:
    """Through another policy, corrections and late registration; as far as each viewer may still see them."""
    story = tell(f"sqlite:///{tmp_path / 'zorgspoor.db'}")
    seen = assert_as_known_is_as_archived(story, PAIRS)
    assert min(seen[each] for each in ("the same", "gone", "come", "fewer fields")) > 5, seen
    assert_each_matters(story)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_as_known_lists_equal_the_archived_answers_on_the_other_engine_too(place: Place, tell: Tell) -> None:
    """A shorter story, about the time when the policy is replaced."""
    story = tell(place.url)
    story.now = REPLACED - timedelta(days=40)
    assert assert_as_known_is_as_archived(story, 50)["the same"] > 30


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(4))
def test_as_known_lists_of_other_stories_equal_the_archived_answers(place: Place, tell: Tell, seed: int) -> None:
    """As many pairs, of more children and other stories, on each engine."""
    story = tell(place.url, seed)
    story.children = 40
    assert_as_known_is_as_archived(story, 400)


def test_what_is_known_then_is_told_as_of_a_later_instant(story: Story, chance: random.Random) -> None:
    """Nothing that was recorded since, but what changed by itself; for everybody."""
    children, now = Children(story.app), story.app.now()
    for viewer in VIEWERS:
        known_at = BEGINS + (now - BEGINS) * chance.random()
        question = viewer.question(known_at + timedelta(days=chance.randint(1, 60)), known_at)
        assert shown(story.app, question) == bytes_of(Brute(children, question).bodies())


def test_a_current_list_is_what_every_child_folded_anew_gives(story: Story) -> None:
    """For every viewer, at random points; in order, and nothing beside."""
    seen = Counter[bool]()
    for actions in (0, 23):
        story.goes_on(actions)
        children = Children(story.app)
        for viewer in VIEWERS:
            bodies = Brute(children, viewer.question()).bodies()
            assert shown(story.app, viewer.question()) == bytes_of(bodies)
            seen[bool(bodies)] += 1
    assert min(seen[True], seen[False]) > 0
    assert {each.result for each in replay_all(story.app)} == {"same"}


def test_a_list_of_the_coming_days_is_what_is_known_now_as_of_then(story: Story, chance: random.Random) -> None:
    """Birthdays, lapses and what becomes overdue; nobody need do anything."""
    children = Children(story.app)
    for viewer in VIEWERS:
        question = viewer.question(story.app.now() + timedelta(days=chance.randint(1, 400)))
        assert shown(story.app, question) == bytes_of(Brute(children, question).bodies())


def pages_of(app: App, question: Question, limit: int) -> list[list[Row]]:
    """Every page in its turn. Each is one fact, about those children that it shows."""
    pages, cursor = list[list[Row]](), None
    while not pages or cursor:
        before = app.store.last().position
        page = caseload(app, question, Page(limit, cursor))
        (look,) = app.store.log(before)
        assert (look.stream, look.position) == (page.seen.disclosure, page.seen.position)
        told = look.fact.shown if isinstance(look.fact, Disclosed) else ()
        assert [each.trajectory for each in told] == [body["rows"][0]["trajectory"] for body in page.seen.bodies]
        pages.append(list(page.seen.bodies))
        cursor = page.next
    return pages


def test_pages_of_any_size_give_what_everything_at_once_gives(story: Story) -> None:
    """No child twice, none left out; every page but the last is full, each is one fact, and none is empty but one."""
    sizes = Counter[int]()
    for viewer in (*STEADY, *VIEWERS[2::2]):
        everything = list(caseload(story.app, viewer.question(), EVERYTHING).seen.bodies)
        number = len(everything)
        for limit in sorted({1, 3, max(1, number - 1), max(1, number), number + 1}):
            pages = pages_of(story.app, viewer.question(), limit)
            assert bytes_of([body for page in pages for body in page]) == bytes_of(everything)
            full, last = pages[:-1], pages[-1]
            assert all(len(page) == limit for page in full)
            assert (1 <= len(last) <= limit) or not everything
            sizes[len(pages)] += 1
    assert max(sizes) > 3


def test_pages_of_what_was_known_give_what_everything_at_once_gives(story: Story) -> None:
    """The same, as known at an instant; other facts that come meanwhile change nothing of it."""
    at = story.app.now() - timedelta(days=20)
    for viewer in STEADY:
        question = viewer.question(at, at)
        everything = shown(story.app, question)
        pages, cursor = list[Row](), None
        while cursor or not pages:
            page = caseload(story.app, question, Page(2, cursor))
            pages += page.seen.bodies
            cursor = page.next
            story.goes_on(3)
        assert bytes_of(pages) == everything


def test_a_list_as_corrected_is_what_all_that_is_known_gives_as_of_then(story: Story, chance: random.Random) -> None:
    """Somebody is told how far it is."""
    children, now = Children(story.app), story.app.now()
    told = list[tuple[int, int]]()
    seen = Counter[bool]()
    for viewer in (*VIEWERS, *STEADY):
        as_of = BEGINS + (now - BEGINS) * chance.random()
        question = viewer.question(as_of)
        bodies = caseload(story.app, question, EVERYTHING, lambda done, total: told.append((done, total))).seen.bodies
        assert bytes_of(bodies) == bytes_of(Brute(children, question).bodies())
        seen[bool(bodies)] += 1
    assert seen[True] > 3
    assert len(told) >= seen[True]
    assert max(done for done, _ in told) > 1


def test_a_list_as_corrected_of_what_was_known_is_both(story: Story, chance: random.Random) -> None:
    """What was known at one instant, folded to an earlier one."""
    children, now = Children(story.app), story.app.now()
    for viewer in VIEWERS:
        known_at = BEGINS + (now - BEGINS) * chance.uniform(0.3, 1)
        question = viewer.question(known_at - timedelta(days=chance.randint(1, 30)), known_at)
        assert shown(story.app, question) == bytes_of(Brute(children, question).bodies())
