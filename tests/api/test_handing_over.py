"""What leaves: with a share, to its recipient; as a dossier, to who may see it. It is in the log before it goes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.handing_over import NotShared, hand_over
from api.look import Refused, Seen
from api.main import App
from api.replay import replay_all
from api.trail import Filter, disclosures
from consent_policy.grounds import Actor
from domain.disclosure import Disclosed, DisclosureRefused, Door
from projections.dossier import DOSSIER
from tests.api.given import body_of, do, done, facts_of, see
from tests.api.http.given import Asked, door, token
from tests.conftest import Clock, CommandLine
from tests.examples import (
    AUDITOR,
    COACH,
    CONSENTED,
    EXAMPLES,
    JGT,
    LEAD,
    MOTHER,
    MOTHER_KNOWN,
    OPENED,
    SIGNALLED,
    STARTED,
    TRAJECTORY,
    by,
    says,
)

DOOR = Door(door="command line", authentication="test", request="1")
SHARE = EXAMPLES["share"]
PRACTICE = "huisarts-leiden"
SENDER = JGT


def shared(app: App, *before: dict[str, Any], **changed: Any) -> int:
    """The entry of a share with the practice."""
    done(app, *SHARE.after, *before)
    (answer,) = done(app, SHARE.said | changed)
    return answer.entries[0]


def handed(app: App, entry: int, sender: Actor = SENDER) -> Seen | Refused:
    return hand_over(app, TRAJECTORY, entry, sender, DOOR)


def test_a_share_hands_over_the_categories_that_it_names(app: App) -> None:
    """The signal is not among them."""
    outcome = handed(app, shared(app, SIGNALLED, CONSENTED | {"consent": "c-2"}, EXAMPLES["agree_plan"].said))
    assert {row["category"] for row in body_of(outcome)["entries"]} == {"plan"}
    (disclosed,) = [each.fact for each in facts_of(app, Disclosed)]
    assert isinstance(disclosed, Disclosed)
    assert (disclosed.recipient, disclosed.by.organisation) == (f"org:{PRACTICE}", PRACTICE)
    assert disclosed.filters == ("plan",)
    assert {each.result for each in replay_all(app)} == {"same"}


def test_the_trail_knows_who_handed_it_over(app: App) -> None:
    """They got it, so it is among the looks of both, once."""
    handed(app, shared(app, CONSENTED | {"consent": "c-2"}))
    for viewer in (SENDER.id, PRACTICE):
        rows = disclosures(app, Filter(viewer=viewer), AUDITOR, DOOR)
        assert isinstance(rows, list)
        assert [(row["viewer"]["id"], row["handed_over_by"]) for row in rows] == [(PRACTICE, by(SENDER))]


def test_what_is_shared_for_one_purpose_is_handed_over_for_no_other(app: App) -> None:
    """Who states one, states that of the share."""
    entry = shared(app, CONSENTED | {"consent": "c-2"})
    with Asked(door(app)) as ask:
        path = f"/trajectories/{TRAJECTORY}/hand-over/{entry}"
        told = {why: ask("GET", path, token(SENDER), purpose_of_use=why) for why in ("gossip", "research", "care")}
    assert {why: each.status for why, each in told.items()} == {"gossip": 403, "research": 403, "care": 200}
    assert all("zorgspoor-position" in each.headers for each in told.values())


def test_nothing_leaves_once_consent_has_ended(app: App, clock: Clock) -> None:
    """The share stands as a fact; what it names stays here, and that it was asked for is recorded."""
    entry = shared(app)
    clock.step(minutes=1)
    done(app, says("revoke_consent", MOTHER, "04-20 10:00", person="g-m", all=True))
    outcome = handed(app, entry)
    assert isinstance(outcome, Refused)
    assert facts_of(app, DisclosureRefused)
    assert not facts_of(app, Disclosed)


def test_only_who_shared_hands_over(app: App) -> None:
    """Nor does an entry do that is no share, that is not there, or that was retracted."""
    entry = shared(app)
    with pytest.raises(NotShared):
        handed(app, entry, COACH)
    for other in (1, 99):
        with pytest.raises(NotShared):
            handed(app, other)
    assert not facts_of(app, Disclosed, DisclosureRefused)


def test_a_report_reaches_veilig_thuis_by_who_invoked_it(app: App, clock: Clock) -> None:
    """The file, in the categories that the share names, while the override runs; then nothing goes any more."""
    clock.now = datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
    done(app, OPENED, MOTHER_KNOWN, SIGNALLED, STARTED, LEAD)
    invoked = says("invoke_safety", JGT, "02-02 10:00", safety="v-1", basis="veilig_thuis", minutes=60)
    done(app, invoked | {"reason": "Ernstige zorgen over geweld thuis."})
    to = {"organisation": "veilig-thuis"}
    said = says("share", JGT, "02-02 10:10", to=to, categories=["signal"], purpose="safety", reason="Melding.")
    (answer,) = done(app, said)
    outcome = handed(app, answer.entries[0], JGT)
    assert {row["category"] for row in body_of(outcome)["entries"]} == {"signal"}
    clock.step(hours=1)
    assert isinstance(handed(app, answer.entries[0], JGT), Refused)


def test_who_left_the_team_hands_nothing_over(app: App, clock: Clock) -> None:
    """Although consent to tell the practice stands, and so does the share."""
    entry = shared(app, CONSENTED | {"consent": "c-2"}, EXAMPLES["agree_plan"].said)
    assert isinstance(handed(app, entry), Seen)
    clock.step(minutes=1)
    done(app, says("release", JGT, "04-20 10:00", episode="e-1", professional=by(JGT), team_role="lead"))
    assert isinstance(handed(app, entry), Refused)
    refused = facts_of(app, DisclosureRefused)[-1].fact
    assert isinstance(refused, DisclosureRefused)
    assert refused.reason == f"handed over by {JGT.id}, shared in entry {entry}"


def test_a_guardian_takes_the_dossier_along(app: App) -> None:
    """Where it stands and what happened, in one look."""
    done(app, *EXAMPLES["give_consent"].after, EXAMPLES["give_consent"].said)
    body = body_of(see(app, MOTHER, view=DOSSIER, trajectory=TRAJECTORY))
    assert {"episodes", "signals", "entries", "child"} <= body.keys()
    assert len(facts_of(app, Disclosed)) == 1
    assert {each.result for each in replay_all(app)} == {"same"}


def test_the_command_line_hands_over_and_says_what_is_no_share(app: App, cli: CommandLine) -> None:
    """Exit code 2 for an entry that is none."""
    entry = shared(app, CONSENTED | {"consent": "c-2"})
    sender = json.dumps(by(SENDER))
    done_ = cli("hand-over", TRAJECTORY, entry, "--as", sender, app=app)
    assert (done_.code, '"disclosure"' in done_.out) == (0, True)
    assert cli("hand-over", TRAJECTORY, 1, "--as", sender, app=app).code == 2
    dossier = cli("dossier", TRAJECTORY, "--as", sender, app=app)
    assert dossier.code == 0
    assert do(app, SHARE.said).status == "unchanged"
