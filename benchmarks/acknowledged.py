"""What people were told, held to the log: nothing that was acknowledged is lost, nothing shown is unlogged.

A request that was asked in vain (no answer, or 503) may or may not have left its fact; nobody was told otherwise.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from api.main import App
from benchmarks.clients import Answer
from benchmarks.mix import MIX
from domain.disclosure import Disclosed, DisclosureRefused, LogQueried
from domain.envelope import Recorded
from domain.fact import ChildFact

PAGE = 1_000
"""Facts read together."""

UNKNOWN = 0
"""The status of who got no answer."""

Look = Disclosed | DisclosureRefused


@dataclass(frozen=True)
class Part:
    """A part of the log, as it is looked up. Raises AssertionError where positions are not contiguous."""

    at: dict[int, Recorded] = field(default_factory=dict)
    by_key: dict[str, list[Recorded]] = field(default_factory=lambda: defaultdict(list))
    by_request: dict[str, list[Recorded]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, app: App, after: int) -> Self:
        """All that follows a position."""
        part, position = cls(), after
        while page := app.store.log(position, PAGE):
            for recorded in page:
                position += 1
                assert recorded.position == position, f"position {position} is missing"
                part._add(recorded)
        return part

    def _add(self, recorded: Recorded) -> None:
        self.at[recorded.position] = recorded
        match recorded.fact:
            case ChildFact() as done:
                self.by_key[done.receipt.action_id].append(recorded)
            case Disclosed() | DisclosureRefused() | LogQueried() as asked:
                self.by_request[asked.door.request].append(recorded)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found, in words: each is empty where all is well. `statuses`: how often what was answered."""

    lost: tuple[str, ...]
    unlogged: tuple[str, ...]
    failed: tuple[str, ...]
    invented: tuple[str, ...]
    statuses: Counter[int]

    @property
    def is_well(self) -> bool:
        return not (self.lost or self.unlogged or self.failed or self.invented)


def held_to_the_log(app: App, after: int, answers: Sequence[Answer]) -> Outcome:
    """`after`: the last position before any of these was asked; nobody else asked meanwhile."""
    part = Part.of(app, after)
    actions = [each for each in answers if MIX[each.kind].of == "action"]
    others = [each for each in answers if MIX[each.kind].of != "action"]
    return Outcome(
        tuple(f"{each.kind} {each.key}: {why}" for each in actions for why in _lost(part, each)),
        tuple(f"{each.kind} {each.request}: {why}" for each in others for why in _unlogged(part, each)),
        tuple(f"{each.kind}: {each.status}" for each in answers if not _is_fine(each)),
        tuple(_invented(part, answers)),
        Counter(each.status for each in answers),
    )


def _is_fine(answer: Answer) -> bool:
    """Refused is only what must be. Who gave up after asking in vain was told nothing wrong."""
    if MIX[answer.kind].of == "action":
        return answer.status in ((201,) if not answer.in_vain else (200, 201, 503, UNKNOWN))
    expected = 403 if answer.kind == "not theirs" else 200
    return answer.status == expected or (answer.in_vain > 0 and answer.status in (503, UNKNOWN))


def _lost(part: Part, answer: Answer) -> Iterator[str]:
    """An action that was acknowledged stands where it was told, and once; what was asked in vain, once at the most."""
    there = part.by_key.get(answer.key, [])
    acknowledged = answer.status in (200, 201)
    if len(there) > 1 or (acknowledged and not there):
        yield f"stands {len(there)} times"
    if not acknowledged or not there:
        return
    if [each.entry for each in there] != list(answer.entries) or str(there[0].stream) != answer.trajectory:
        yield "stands elsewhere"
    if answer.status == 201 and [each.position for each in there] != list(answer.positions):
        yield "stands at another position"


def _unlogged(part: Part, answer: Answer) -> Iterator[str]:
    """What was shown, or refused, is there under the name of the request, with as many children as were shown."""
    if answer.status not in (200, 403):
        return
    there = part.by_request.get(answer.request, [])
    if len(there) != 1:
        yield f"stands {len(there)} times"
        return
    (recorded,) = there
    match recorded.fact:
        case LogQueried() as asked if MIX[answer.kind].of == "query":
            if asked.count != answer.rows:
                yield f"{answer.rows} rows, {asked.count} in the log"
        case Disclosed() | DisclosureRefused() as look if MIX[answer.kind].of != "query":
            yield from _other_than_told(recorded, look, answer)
        case _:
            yield "stands as something else"


def _other_than_told(recorded: Recorded, look: Look, answer: Answer) -> Iterator[str]:
    if (str(recorded.stream), recorded.position) != (answer.disclosure, answer.position):
        yield "stands elsewhere"
    in_log = [each.trajectory for each in look.shown] if isinstance(look, Disclosed) else []
    if isinstance(look, Disclosed) is (answer.status == 403):
        yield "shown and refused are mixed up"
    if MIX[answer.kind].of == "look":
        if len(in_log) != (answer.status == 200):
            yield f"one child, {len(in_log)} in the log"
    elif set(in_log) != set(answer.shown):
        yield f"{len(answer.shown)} children, {len(in_log)} in the log"


def _invented(part: Part, answers: Sequence[Answer]) -> Iterator[str]:
    """Facts of requests that nobody was answered, beyond those that were asked in vain."""
    keys, requests = {each.key for each in answers}, {each.request for each in answers}
    unasked = [key for key in part.by_key if key not in keys]
    yield from (f"action {key}" for key in unasked)
    unanswered = sum(len(each) for request, each in part.by_request.items() if request not in requests)
    in_vain = sum(each.in_vain + (each.status in (UNKNOWN, 503)) for each in answers)
    if unanswered > in_vain:
        yield f"{unanswered} looks, {in_vain} asked in vain"
