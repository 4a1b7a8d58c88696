"""What is decided about a child rests on that child's facts alone, whoever else is in the store."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from api.asks import Asked, as_json, explain
from api.main import App, Settings, create
from tests.api.given import do
from tests.conftest import Clock
from tests.examples import CASES


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines() if line.strip()]


def test_no_permit_for_a_child_under_another_childs_facts(
    app_on_each_engine: App, clock: Clock, tmp_path: Path
) -> None:
    """Every question of the consent case, asked among all its children, and of the child alone."""
    app, by_child = app_on_each_engine, defaultdict[str, list[dict[str, Any]]](list)
    for said in lines("consent.jsonl"):
        if said["action"] != "give_consent" or "evidence" in said:  # the last line of the case is invalid
            by_child[said["trajectory"]].append(said)
            do(app, said)
    asks = [
        {name: value for name, value in ask.items() if name not in ("name", "expect")}
        for ask in lines("consent.asks.jsonl")
    ]
    alone: dict[str, App] = {}
    for child, said_of_it in by_child.items():
        alone[child] = create(Settings(f"sqlite:///{tmp_path / child}.db"), clock=clock)
        for said in said_of_it:
            do(alone[child], said)
    for ask in asks:
        asked = Asked.model_validate(ask)
        among_all = as_json(explain(app, asked, clock.now))
        assert among_all == as_json(explain(alone[asked.trajectory], asked, clock.now))
        others = [child for child in by_child if child != asked.trajectory]
        stranger = asked.model_copy(update={"trajectory": others[0]})
        assert (
            as_json(explain(alone[asked.trajectory], stranger, clock.now))["decision"] == "deny"
            or asked.purpose == "audit"
        )
    for each in alone.values():
        each.store.close()
