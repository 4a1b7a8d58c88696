"""A log of which every read model has rows: every kind of fact, looks that are shown and refused, contacts, erasure."""

import random
from collections.abc import Iterator, Sequence
from itertools import count, islice
from uuid import UUID, uuid4

from api.main import App
from domain.envelope import Unrecorded
from domain.fact import ChildFact
from tests.api.given import do, see
from tests.domain.given import parsed, receipt_of
from tests.examples import AUDITOR, EXAMPLES
from tests.projections.readmodels.stories import STRANGER, Told, kinds

TOGETHER = 5
"""Facts of one append."""

_numbers = count()


def filled(app: App, *, every: int = 4, seed: int = 1) -> list[UUID]:
    """New children with every so many-th of all stories, their facts alternating; halfway two of them are erased."""
    stories = list(kinds().values())
    chance = random.Random(seed)  # noqa: S311  # no secret
    chance.shuffle(stories)
    stories = stories[::every]
    middle = len(stories) // 2
    first = recorded(app, stories[:middle], chance)
    for child in first[:2]:
        erase(app, child)
    return [*first, *recorded(app, stories[middle:], chance)]


def recorded(app: App, stories: Sequence[Told], chance: random.Random) -> list[UUID]:
    """New children with these stories; now and then somebody looks at one of them, or holds a contact."""
    streams = [uuid4() for _ in stories]
    coming = alternating(dict(zip(streams, stories, strict=True)), chance)
    while facts := list(islice(coming, TOGETHER)):
        app.store.save(facts)
        if chance.randrange(6) == 0:
            look(app, facts[0].originator_id)
            contact(app)
    return streams


def alternating(stories: dict[UUID, Told], chance: random.Random) -> Iterator[Unrecorded]:
    """The facts of all children, those of each in their order."""
    left = {stream: list(enumerate(facts, 1)) for stream, facts in stories.items()}
    while left := {stream: facts for stream, facts in left.items() if facts}:
        stream = chance.choice(list(left))
        version, fact = left[stream].pop(0)
        yield Unrecorded(stream, version, fact)


def look(app: App, child: UUID) -> None:
    """One that is shown and one that is refused."""
    see(app, AUDITOR, trajectory=str(child))
    see(app, STRANGER, trajectory=str(child))


def contact(app: App) -> None:
    said = EXAMPLES["hold_contact"].said | {"contact": f"k-{next(_numbers)}"}
    assert do(app, said).status == "recorded"


def erase(app: App, child: UUID) -> None:
    """The last fact of a child, and then its key goes."""
    app.store.save([Unrecorded(child, app.store.version(child) + 1, erased())])
    app.store.erase(child)


def erased() -> ChildFact:
    action = parsed(EXAMPLES["erase"].said)
    return action.fact(receipt_of(action))
