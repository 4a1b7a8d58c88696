"""What holds of every story, whatever happens in it and in whatever order it is entered."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api.cases import ChildCase
from consent_policy.decide import decide as may_see
from consent_policy.grounds import Request
from consent_policy.vocabulary import CATEGORIES, PURPOSES
from domain.facts import FACTS
from domain.trajectory import phase
from domain.trajectory.consent import ConsentRevoked
from domain.trajectory.correction import EntryCorrected, EntryRetracted
from domain.trajectory.decider import decide
from domain.trajectory.episode import EpisodeClosed, EpisodeStarted
from domain.trajectory.history import History, fold
from domain.trajectory.referral import ReferralAnswered
from domain.trajectory.screening import ScreeningCompleted
from domain.trajectory.signal import SignalPickedUp, SignalSettled
from domain.trajectory.support import SessionHeld
from ledger.topics import Topics
from tests.domain.given import POLICY, Given, at, parsed, receipt_of
from tests.domain.stories import (
    BEGINNING,
    BEGUN,
    ENTERED,
    INSTANTS,
    KEPT,
    LAST,
    actions,
    entered,
    facts_of,
    stories,
    told,
)
from tests.examples import COORDINATOR, EXAMPLES, LEAD, MOTHER, SOCIAL_WORKER, STARTED, by

Story = list[dict[str, Any]]

UNMENDED = KEPT - {"correct_entry", "retract_entry"}
"""Without corrections and retractions: of what they change, rules are not asked again."""

some = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
"""Enough to find what is wrong often, quick enough to run always."""


@given(stories())
@some
def test_decide_and_evolve_are_deterministic(story: Story) -> None:
    """The same facts and the same action give the same answer and the same state, twice."""
    known = BEGUN
    for number, said in enumerate(story):
        known = known.when(said, now=entered(number)).after
    again = told(story)
    assert facts_of(again) == facts_of(known)
    fresh = Given(replace(known.history))
    assert fresh.child == known.child
    action = parsed(EXAMPLES["hold_session"].said)
    receipt, now = receipt_of(action), ENTERED
    assert decide(known.history, action, receipt, POLICY, now) == decide(fresh.history, action, receipt, POLICY, now)


@given(stories())
@some
def test_a_fold_over_any_prefix_is_the_state_then(story: Story) -> None:
    """By version and by when it was recorded: what was known stays what was known, whatever is entered later."""
    known = BEGUN
    then = [(known.history, known.child)]
    for number, said in enumerate(story):
        known = known.when(said, now=entered(number)).after
        if known.entry != then[-1][0].version:
            then.append((known.history, known.child))
    for history, child in then:
        assert known.history.upto(history.version).latest == child
        assert known.history.known_at(history.recorded[-1].recorded_at).latest == child


@given(stories(UNMENDED), INSTANTS)
@some
def test_as_of_an_instant_is_what_happened_by_then(story: Story, when: Any) -> None:
    """Folding up to an instant is folding only what occurred by then."""
    history = told(story).history
    by_then = tuple(each for each in history.recorded if each.fact and each.fact.occurred_at <= when)
    only = History(history.stream, history.programmes, by_then)
    assert replace(history.child(when), told=()) == replace(only.latest, told=())


@given(stories(), st.randoms(use_true_random=False))
@some
def test_any_permutation_of_occurrence_folds(story: Story, chance: random.Random) -> None:
    """Evolve is total: no order of occurrence, and no missing entry, makes a dossier unreadable."""
    history = told(story).history
    instants = [each.occurred_at for each in history.facts.values()]
    chance.shuffle(instants)
    moved = tuple(
        replace(each, fact=each.fact.model_copy(update={"occurred_at": instants[number]}))
        for number, each in enumerate(history.recorded)
        if each.fact
    )
    shuffled = History(history.stream, history.programmes, moved)
    child = shuffled.latest
    for episode in child.episodes.values():
        assert phase.phase(child, episode, LAST, POLICY)
    kept = tuple(each for each in moved if chance.random() < 0.7 or each.entry == 1)
    gaps = fold(history.stream, History(history.stream, history.programmes, kept).entries, history.programmes)
    assert gaps.stream == history.stream


@given(stories(), actions())
@some
def test_whatever_stands_an_action_is_answered(story: Story, said: dict[str, Any]) -> None:
    """Recorded, refused or invalid, and never an error: also after corrections and retractions."""
    known = told(story)
    outcome = known.when(said, now=entered(len(story)))
    assert outcome.recorded or outcome.code or isinstance(outcome.said, str)


def given_before(known: Given, said: dict[str, Any]) -> Any:
    """What answers an action without deciding it again; None: nothing, or it fits no action at all."""
    try:
        action = parsed(said)
    except ValidationError:
        return None
    return ChildCase(known.history).given(action, receipt_of(action))


@given(stories())
@some
def test_the_same_action_twice_records_once(story: Story) -> None:
    """What was recorded answers the same object again, by entry; also what was retracted since."""
    known, answered = BEGUN, []
    for number, said in enumerate(story):
        if given_before(known, said):
            continue
        outcome = known.when(said, now=entered(number))
        if outcome.recorded:
            answered.append((said, outcome.after.entry))
        known = outcome.after
    for said, entry in answered:
        assert given_before(known, said) == (entry, receipt_of(parsed(said)).content)


@given(stories(UNMENDED, longest=40))
@some
def test_once_only_rules_hold_over_what_ends_up_recorded(story: Story) -> None:
    """One pick-up, one end of a signal, one answer, one completion, one closing; one open episode of a programme."""
    facts = facts_of(told(story))
    once = Counter[tuple[str, str]]()
    for fact in facts:
        match fact:
            case SignalPickedUp() | SignalSettled():
                once[type(fact).__name__, fact.signal] += 1
            case ReferralAnswered():
                once["answer", fact.referral] += 1
            case ScreeningCompleted():
                once["screening", fact.screening] += 1
            case EpisodeClosed():
                once["closing", fact.episode] += 1
    assert all(times == 1 for times in once.values()), once
    assert_no_overlap(facts)


def assert_no_overlap(facts: list[Any]) -> None:
    """At any instant one episode of a programme is open."""
    closed = {each.episode: each.occurred_at for each in facts if isinstance(each, EpisodeClosed)}
    started = [each for each in facts if isinstance(each, EpisodeStarted)]
    for one, other in itertools.combinations(sorted(started, key=lambda each: each.occurred_at), 2):
        if one.programme == other.programme:
            assert one.episode in closed
            assert closed[one.episode] <= other.occurred_at


@st.composite
def openings_and_closings(draw: st.DrawFn) -> Story:
    """Starting and closing in one programme, in any order of entering."""
    steps = []
    for _ in range(draw(st.integers(2, 14))):
        episode = draw(st.sampled_from(("e-1", "e-2", "e-3", "e-4")))
        if draw(st.booleans()):
            steps.append(at(STARTED, draw(INSTANTS), episode=episode))
        else:
            steps.append(at(EXAMPLES["close_episode"].said, draw(INSTANTS), episode=episode, by=by(COORDINATOR)))
    return steps


@given(openings_and_closings())
@some
def test_one_episode_of_a_programme_is_open_at_any_instant(story: Story) -> None:
    """However starts and closings are backdated."""
    assert_no_overlap(facts_of(told(story)))


PLUS = (
    STARTED | {"programme": "preventie_plus", "by": by(SOCIAL_WORKER)},
    LEAD | {"by": by(SOCIAL_WORKER), "professional": by(SOCIAL_WORKER)},
)
BEGUN_PLUS = BEGUN.and_(*PLUS)


@st.composite
def sessions(draw: st.DrawFn) -> Story:
    """Sessions and extensions of Preventie Plus, regular and not, on any day, in any order of entering."""
    steps = []
    for _ in range(draw(st.integers(4, 24))):
        when = draw(st.integers(1, 28))
        hour = draw(st.integers(8, 17))
        instant = f"2026-02-{when:02}T{hour:02}:00:00+01:00"
        if draw(st.integers(0, 5)) == 0:
            said = EXAMPLES["extend_sessions"].said | {"to": draw(st.sampled_from((10, 15)))}
        else:
            said = EXAMPLES["hold_session"].said | {"by": by(SOCIAL_WORKER)}
            said |= {"form": draw(st.sampled_from(("child_talk", "walk_in", "teacher_talk")))}
            if draw(st.integers(0, 4)) == 0:
                said |= {"irregular": "Kind stond overstuur voor de deur."}
        steps.append(at(said, instant))
    return steps


@given(sessions())
@settings(parent=some, max_examples=150)
def test_backdating_never_breaks_a_budget(story: Story) -> None:
    """No regular session comes beyond the budget of its own instant, over what ends up recorded.

    An irregular one may come anywhere: it is marked, and is the one that is too many.
    """
    known = told(story, BEGUN_PLUS)
    regular = [each for each in facts_of(known) if isinstance(each, SessionHeld) and not each.irregular]
    for fact in regular:
        rank = sum(each.occurred_at <= fact.occurred_at for each in regular)
        budget = known.child.episodes["e-1"].budget_at(fact.occurred_at)
        assert budget is not None
        assert rank <= budget


@given(stories(), st.sampled_from(sorted(PURPOSES)), st.sampled_from(sorted(CATEGORIES)), INSTANTS)
@some
def test_a_restricted_guardian_is_never_permitted(story: Story, purpose: str, category: str, when: Any) -> None:
    """Whatever else is recorded, from the instant of the restriction on, for every purpose and category."""
    lifted = KEPT - {"lift_restriction", "retract_entry", "correct_entry"}
    kept = [said for said in story if said["action"] in lifted]
    restriction = at(EXAMPLES["restrict_guardian"].said, when)
    known = told([*kept, restriction])
    for later in (when, LAST, ENTERED):
        asked = Request(MOTHER, purpose, category)
        assert not may_see(known.child.grounds, asked, later, POLICY).permitted


@given(stories())
@some
def test_recorded_facts_are_the_same_after_the_log(story: Story) -> None:
    """Every fact comes back from its JSON as it went in, under the topic that it has."""
    topics = Topics(FACTS)
    for fact in facts_of(told(story)):
        assert topics.decode(fact.TOPIC, topics.encode(fact)) == fact


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "hold_contact"])
def test_the_fact_of_every_example_is_the_same_after_the_log(name: str) -> None:
    """As above, of each action once."""
    topics = Topics(FACTS)
    action = parsed(EXAMPLES[name].said)
    decided = {"programme_version": 1} if name in ("start_episode", "raise_signal") else {}
    fact = action.fact(receipt_of(action), **decided)
    assert topics.decode(fact.TOPIC, topics.encode(fact)) == fact


@given(stories())
@some
def test_nobodys_consent_is_invented(story: Story) -> None:
    """Every statement that counts rests on an entry in which that person said it."""
    known = told(story)
    for statement in known.child.grounds.statements:
        fact = known.history.facts[statement.entry]
        if isinstance(fact, ConsentRevoked):
            assert statement.says == "withdraw"
        else:
            assert getattr(fact, "person", None) == statement.person


@given(stories())
@some
def test_no_fact_is_lost(story: Story) -> None:
    """Each recorded action leaves one fact, numbered in turn; what does not stand was retracted by an entry."""
    history = told(story).history
    assert [each.entry for each in history.recorded] == list(range(1, history.version + 1))
    retracted = {fact.entry for fact in history.facts.values() if isinstance(fact, EntryRetracted)}
    assert set(history.facts) - set(history.standing) <= retracted
    corrected = {fact.entry for fact in history.facts.values() if isinstance(fact, EntryCorrected)}
    changed = {entry for entry, fact in history.standing.items() if fact != history.facts[entry]}
    assert changed <= corrected


def test_random_stories_are_about_something() -> None:
    """The stories that are tried do record, refuse and mend; else the properties would hold of nothing."""
    seen = Counter[str]()

    @given(stories())
    @settings(parent=some, max_examples=40, database=None, derandomize=True)
    def look(story: Story) -> None:
        known = BEGUN
        for number, said in enumerate(story):
            outcome = known.when(said, now=entered(number))
            seen[said["action"] if outcome.recorded else str(outcome.code or "invalid")] += 1
            known = outcome.after

    look()
    assert seen.keys() >= {"start_episode", "assign", "raise_signal", "unknown_reference", "role_not_permitted"}
    assert len(seen.keys() & KEPT) >= 15
    assert len(BEGINNING) == BEGUN.entry
