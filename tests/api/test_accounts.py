"""Accounts of families: whoever they are linked to, in the very version that a look or an action rests on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from api.accounts import Account, children_of
from api.act import act
from api.look import Question, Refused, Seen, look
from api.main import App, Settings, build
from api.parse import parse
from api.trail import Filter, disclosures
from consent_policy.grounds import Decision
from domain.action import Action
from domain.disclosure import Door
from domain.envelope import Unrecorded
from domain.field import Receipt
from projections.trajectory import TRAJECTORY
from tests.api.given import done, told
from tests.api.http.matrix import account_of, linked, said
from tests.conftest import Clock
from tests.examples import CHILD, COACH, COUNSELLOR, FATHER, MOTHER, NOW, SECOND_COACH, TEACHER, YOUTH

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


def linked_to(app: App, subject: str) -> bool:
    return Account(subject, "guardian").actor_in(app.history(app.stream_of(CHILD))) is not None


def test_who_corrected_a_link_does_not_confirm_it(pit: App) -> None:
    """Else one professional could let anybody in as the mother."""
    (link,) = done(pit, said("link_account", COUNSELLOR, person="g-m", subject="digid-8"))
    done(pit, said("correct_entry", COACH, entry=link.entries[0], changes={"subject": "coach-private"}))
    for author in (COUNSELLOR, COACH):
        assert told(pit, said("confirm_entry", author, entry=link.entries[0])) == ("refused", "role_not_permitted")
    done(pit, said("confirm_entry", SECOND_COACH, entry=link.entries[0]))
    assert linked_to(pit, "coach-private")


@pytest.mark.parametrize("what", ["the correction", "the link, and that again"])
def test_what_is_said_of_a_link_after_it_was_confirmed_ends_it(pit: App, what: str) -> None:
    """Four eyes saw what it said then, and not what it says since."""
    (link,) = done(pit, said("link_account", COUNSELLOR, person="g-m", subject="attacker"))
    entry = link.entries[0]
    if what == "the correction":
        (changed,) = done(pit, said("correct_entry", COUNSELLOR, entry=entry, changes={"subject": "digid-8"}))
        entry = changed.entries[0]
    done(pit, said("confirm_entry", COACH, entry=link.entries[0]))
    (first,) = done(pit, said("retract_entry", COUNSELLOR, entry=entry, reason="Verkeerd ingevoerd."))
    if what != "the correction":
        done(pit, said("retract_entry", COUNSELLOR, entry=first.entries[0], reason="Toch niet."))
    assert not linked_to(pit, "attacker")
    assert not linked_to(pit, "digid-8")


def test_who_ended_a_link_ended_it(pit: App) -> None:
    """Retracting that does not undo it, nor does an instant before the link."""
    linked(pit)
    (ended,) = done(pit, said("unlink_account", COUNSELLOR, person="g-m", subject=ACCOUNT.subject))
    for undoing in (
        said("retract_entry", COUNSELLOR, entry=ended.entries[0], reason="Toch niet."),
        said("correct_entry", COUNSELLOR, entry=ended.entries[0], changes={"subject": "digid-0"}),
    ):
        assert told(pit, undoing) == ("refused", "not_applicable")
    earlier = (NOW - timedelta(days=20)).isoformat()
    done(pit, said("unlink_account", COUNSELLOR, person="g-f", subject=f"digid-{FATHER.id}") | {"at": earlier})
    assert not linked_to(pit, ACCOUNT.subject)
    assert not linked_to(pit, f"digid-{FATHER.id}")


def test_one_account_of_two_is_ended(pit: App) -> None:
    """The one that is named, and none that never was linked."""
    linked(pit)
    (second,) = done(pit, said("link_account", COUNSELLOR, person="g-m", subject="digid-8"))
    done(pit, said("confirm_entry", COACH, entry=second.entries[0]))
    assert told(pit, said("unlink_account", MOTHER, person="g-m", subject="digid-0")) == ("refused", "not_applicable")
    done(pit, said("unlink_account", MOTHER, person="g-m", subject="digid-8"))
    assert linked_to(pit, ACCOUNT.subject)
    assert not linked_to(pit, "digid-8")


def test_nobody_confirms_as_another_what_they_said_themselves(pit: App) -> None:
    """A mother who works at the school signs in by one name in both roles."""
    linked(pit)
    (link,) = done(pit, said("link_account", MOTHER, person="g-m", subject="ex-partner"))
    at_school = replace(TEACHER, id=ACCOUNT.subject)
    assert told(pit, said("confirm_entry", at_school, entry=link.entries[0])) == ("refused", "role_not_permitted")
    (own,) = done(pit, said("link_account", COUNSELLOR, person="g-m", subject="te-4"))
    as_linked = replace(TEACHER, id="te-4")
    assert told(pit, said("confirm_entry", as_linked, entry=own.entries[0])) == ("refused", "role_not_permitted")


def test_what_ended_an_account_by_a_name_that_it_has_not_ends_it(pit: App) -> None:
    """Software of before took that: too many accounts end then, rather than none."""
    linked(pit)
    child = pit.stream_of(CHILD)
    action = parse(said("unlink_account", COUNSELLOR, person="g-m", subject="digid-typo"), pit.programmes)
    assert isinstance(action, Action)
    fact = action.fact(Receipt("x", "x"))
    pit.save([Unrecorded(child, pit.history(child).version + 1, fact)])
    assert not linked_to(pit, ACCOUNT.subject)
    assert "g-m" not in {link.person for link in pit.history(child).latest.accounts}
    assert linked_to(pit, f"digid-{FATHER.id}")
