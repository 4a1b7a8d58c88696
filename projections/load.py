"""How many open episodes each professional works in, by programme: capacity, without any child."""

from collections.abc import Iterator

from pydantic import TypeAdapter

from consent_policy.grounds import Actor, Membership
from domain.trajectory.history import History
from projections.readmodel import BYTES, CODE, NUMBER, YES_OR_NO, Given, OfChild, Row, instant
from projections.relations import person

_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)


def rows(history: History, given: Given) -> Iterator[Row]:
    """One row for each place on a team. Who holds it is sealed."""
    child = history.latest
    for seat in child.grounds.team:
        episode = child.episodes.get(seat.episode)
        if episode is not None:
            values = (
                child.grounds.municipality,
                person(given.blind, seat.actor),
                episode.entry,
                episode.programme.id,
                seat.team_role,
                instant(seat.until),
                episode.closed is None,
            )
            yield Row(_key(seat), values, _ACTOR.dump_json(seat.actor))


def _key(seat: Membership) -> int:
    """Who takes the lead over becomes lead and member by one entry (domain.md, transfer_lead)."""
    return 2 * seat.entry + (seat.team_role == "lead")


def read(body: bytes) -> Actor:
    return _ACTOR.validate_json(body)


MODEL = OfChild(
    "load",
    {
        "municipality": CODE,
        "person": BYTES,
        "episode": NUMBER,
        "programme": CODE,
        "team_role": CODE,
        "until": NUMBER,
        "open": YES_OR_NO,
    },
    (rows,),
    indexes=(("municipality", "open", "person"),),
)
