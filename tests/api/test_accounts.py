"""Accounts of families: whoever they are linked to, in the very version that a look or an action rests on."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from api.accounts import Account, children_of
from api.act import act
from api.look import Question, Refused, Seen, look
from api.main import App, Settings, build
from api.parse import parse
from api.trail import Filter, disclosures
from consent_policy.grounds import Decision
from domain.disclosure import Door
from projections.trajectory import TRAJECTORY
from tests.api.given import done
from tests.api.http.matrix import account_of, linked, said
from tests.conftest import Clock
from tests.examples import CHILD, COACH, COUNSELLOR, FATHER, MOTHER, YOUTH

ACCOUNT = Account(account_of(MOTHER) or "", "guardian")
WORDS = {"text": "Het gaat beter."}


@pytest.fixture
def elsewhere(pit: App, url: str, clock: Clock) -> Iterator[App]:
    """Another process over the same store, in which mother's account was unlinked after this one knew the child."""
    linked(pit)
    assert isinstance(looks(pit, ACCOUNT), Seen)
    other = build(Settings(url), clock)
    done(other, said("unlink_account", COUNSELLOR, person="g-m", subject=ACCOUNT.subject))
    yield other
    other.store.close()


def looks(app: App, account: Account) -> Seen | Refused:
    door = Door(door="http", authentication="test", request=str(uuid4()))
    return look(app, Question(TRAJECTORY, account.stranger(app), "subject_access", door, account=account), CHILD)


def test_a_look_after_it_was_unlinked_elsewhere_shows_nothing(pit: App, elsewhere: App) -> None:
    """Though this process remembers the child as it was."""
    assert isinstance(looks(pit, ACCOUNT), Refused)
    assert elsewhere.history(pit.stream_of(CHILD)).version == pit.history(pit.stream_of(CHILD)).version


def test_an_action_of_who_was_unlinked_meanwhile_is_refused(pit: App, elsewhere: App) -> None:
    """Even where the door had found out who they were before."""
    action = parse(said("add_statement", MOTHER, **WORDS), pit.programmes)
    assert act(pit, action, account=ACCOUNT).code == "not_related"
    assert act(elsewhere, action, account=ACCOUNT).code == "not_related"


def test_the_trail_is_not_for_who_was_unlinked(pit: App, elsewhere: App) -> None:
    """Nor who looked at the child."""
    door = Door(door="http", authentication="test", request=str(uuid4()))
    asked = Filter(str(pit.stream_of(CHILD)))
    assert isinstance(disclosures(pit, asked, ACCOUNT.stranger(pit), door, ACCOUNT), Decision)
    assert children_of(elsewhere, ACCOUNT) == []


def test_an_account_acts_as_nobody_else(pit: App) -> None:
    """Not as the other parent, nor as the youth."""
    linked(pit)
    for other in (FATHER, YOUTH):
        action = parse(said("add_statement", other, **WORDS), pit.programmes)
        assert act(pit, action, account=ACCOUNT).code == "not_related"
    assert act(pit, parse(said("add_statement", MOTHER, **WORDS), pit.programmes), account=ACCOUNT).status == "recorded"


def test_a_link_that_nobody_confirmed_is_none(pit: App) -> None:
    """And one that was taken back is none either."""
    account = replace(ACCOUNT, subject="digid-9")
    (link,) = done(pit, said("link_account", COUNSELLOR, person="g-m", subject="digid-9"))
    assert isinstance(looks(pit, account), Refused)
    done(pit, said("retract_entry", COUNSELLOR, entry=link.entries[0], reason="Verkeerd ingevoerd."))
    assert account.actor_in(pit.history(pit.stream_of(CHILD))) is None


def test_another_account_by_correction_is_not_confirmed(pit: App) -> None:
    """Four eyes saw the account that was linked first, not the one that the entry names now."""
    (link,) = done(pit, said("link_account", COUNSELLOR, person="g-m", subject="digid-8"))
    done(pit, said("confirm_entry", COACH, entry=link.entries[0]))
    assert isinstance(looks(pit, replace(ACCOUNT, subject="digid-8")), Seen)
    done(pit, said("correct_entry", COUNSELLOR, entry=link.entries[0], changes={"subject": "digid-9"}))
    for subject in ("digid-8", "digid-9"):
        assert isinstance(looks(pit, replace(ACCOUNT, subject=subject)), Refused)
