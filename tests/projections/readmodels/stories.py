"""What may be recorded of a child: the story of an example or of a practice, and whatever may still follow."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from consent_policy.grounds import Actor
from domain.fact import ChildFact
from domain.trajectory.correction import EntryRetracted
from tests.api.many import PRACTICES
from tests.domain.given import Given, given
from tests.domain.stories import CHANGES, EVENLY, LAST, actions, entered, facts_of, told
from tests.domain.stories import stories as any_story
from tests.examples import EXAMPLES, by, lines_of

STRANGER = Actor("x-1", "school_social_worker", "elsewhere")
"""Has to do with none of the children."""

Told = tuple[ChildFact, ...]
"""What is recorded of one child, in the order of its stream."""


@cache
def beginnings() -> dict[str, Given]:
    """What is known of a child after the story of each example, and of each practice."""
    examples = {name: given(*each.story) for name, each in EXAMPLES.items() if name not in ("hold_contact", "erase")}
    return examples | {name: _practice(name) for name in PRACTICES}


def kinds() -> dict[str, Told]:
    """One story for each kind of fact about a child but its erasure, those of the practices, and one of an account."""
    linked = given(*EXAMPLES["link_account"].story, EXAMPLES["confirm_entry"].said)
    return {name: tuple(facts_of(known)) for name, known in (beginnings() | {"linked": linked}).items()}


@st.composite
def children(draw: st.DrawFn) -> Told:
    """A story that is about something, then whatever may still be recorded at random instants, then what is mended."""
    known = draw(_begun())
    for number, said in enumerate(draw(st.lists(actions(), min_size=2, max_size=6))):
        known = known.when(said, now=entered(number)).after
    for number in range(draw(st.integers(0, 4))):
        known = known.when(draw(_mends(known)), now=entered(100 + number)).after
    return tuple(facts_of(known))


@st.composite
def _begun(draw: st.DrawFn) -> Given:
    kind = draw(EVENLY) % 4
    if kind == 0:
        return told(draw(any_story(longest=8)))
    names = sorted(beginnings()) if kind > 1 else PRACTICES
    return beginnings()[names[draw(EVENLY) % len(names)]]


@st.composite
def _mends(draw: st.DrawFn, known: Given) -> dict[str, Any]:
    """Somebody corrects or retracts an entry of their own, which may be a correction or a retraction itself."""
    entries = known.history.facts
    retractions = [entry for entry, fact in entries.items() if isinstance(fact, EntryRetracted)]
    if retractions and draw(EVENLY) % 3 == 0:
        entry, what = retractions[-1], "retract_entry"
    else:
        entry = draw(st.integers(max(1, known.entry - 3), known.entry) | st.integers(1, known.entry))
        what = draw(st.sampled_from(("correct_entry", "retract_entry")))
    said = EXAMPLES[what].said | {"entry": entry, "by": by(entries[entry].by), "at": LAST.isoformat()}
    return said | ({"changes": draw(st.sampled_from(CHANGES))} if what == "correct_entry" else {})


def _practice(name: str) -> Given:
    """The first child of the practice, as far as its story is recorded."""
    lines = [line for line in lines_of(f"{name}.jsonl") if "trajectory" in line]
    known = given(lines[0])
    for line in lines[1:]:
        if line["trajectory"] == lines[0]["trajectory"]:
            known = known.when(line).after
    return known
