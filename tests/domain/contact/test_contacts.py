"""Contacts name nobody: kinds that the programme has, codes, and no place for free text."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from domain.contact import ContactHeld, HoldContact, decide
from domain.field import is_personal
from domain.refusal import Refused
from tests.domain import spec
from tests.domain.given import SHIPPED, instant, receipt_of
from tests.examples import COORDINATOR, EXAMPLES, NOW, by

CONTACT = EXAMPLES["hold_contact"].said
KINDS = ["consultation", "walk_in", "school_contact", "expertise_transfer"]


def outcome(said: dict[str, Any], now: datetime = NOW) -> ContactHeld | Refused:
    action = HoldContact.model_validate(said)
    return decide(action, SHIPPED, receipt_of(action), now)


@pytest.mark.parametrize("programme", spec.PROGRAMMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_contact_is_of_a_kind_that_the_programme_has(programme: str, kind: str) -> None:
    """The row of the table: kinderspreekuur, consultation, expertise transfer; pit has none."""
    said = CONTACT | {"programme": programme, "kind": kind, "by": by(COORDINATOR)}
    answer = outcome(said)
    if kind in spec.PROGRAMMES[programme].get("contacts", []):
        assert isinstance(answer, ContactHeld)
    else:
        assert isinstance(answer, Refused)
        assert answer.code == "not_applicable"


@pytest.mark.parametrize("field", ["note", "child", "trajectory", "description", "summary"])
def test_there_is_no_place_for_a_child_in_it(field: str) -> None:
    """No field for a name, and no free text."""
    with pytest.raises(ValidationError):
        HoldContact.model_validate(CONTACT | {field: "Het gaat om Daan uit groep 8"})


def test_no_field_of_a_contact_is_free_text() -> None:
    """Nothing is marked ◆, because nothing personal fits in it."""
    assert not any(is_personal(field) for field in ContactHeld.model_fields.values())


@pytest.mark.parametrize("topic", ["Daan", "", "absence of Daan"])
def test_topics_are_codes(topic: str) -> None:
    """The same as concerns; each once."""
    with pytest.raises(ValidationError):
        HoldContact.model_validate(CONTACT | {"topics": [topic]})
    assert HoldContact.model_validate(CONTACT | {"topics": ["mood", "mood", "absence"]}).topics == ("mood", "absence")
    assert HoldContact.model_validate(CONTACT | {"topics": []}).topics == ()


def test_a_contact_is_not_of_the_future() -> None:
    """Now is allowed."""
    for when, refused in (("2026-02-02T10:00:00", False), ("2026-02-02T09:59:59", True)):
        answer = outcome(CONTACT, instant(when))
        assert isinstance(answer, Refused) == refused


def test_a_coordinator_holds_contacts_of_the_own_municipality() -> None:
    """Another one's: not_related."""
    answer = outcome(CONTACT | {"by": by(COORDINATOR), "municipality": "GM0547"})
    assert isinstance(answer, Refused)
    assert answer.code == "not_related"
