"""The canonical examples are whole, work, and are as short as they can be."""

import pytest

from domain.contact import ContactHeld, HoldContact
from domain.contact import decide as decide_contact
from domain.trajectory.subjects import ACTIONS
from tests.domain.given import SHIPPED, given, parsed, receipt_of
from tests.examples import EXAMPLES, NOW, Example

OF_A_CHILD = [pytest.param(each, id=each.name) for each in EXAMPLES.values() if each.name != "hold_contact"]


def test_there_is_an_example_of_every_action() -> None:
    """No action is without its example, and no example is of an action that is gone."""
    assert set(EXAMPLES) == {*ACTIONS, "hold_contact"}


@pytest.mark.parametrize("example", OF_A_CHILD)
def test_an_example_is_recorded_after_its_history(example: Example) -> None:
    """Each example leaves the one fact that its action says, as entered by the person who says it."""
    action = parsed(example.said)
    fact = given(*example.after).when(example.said).records(type(action).FACT, by=action.by, occurred_at=action.at)
    assert fact.entry == len(example.after) + 1


@pytest.mark.parametrize("example", OF_A_CHILD)
def test_no_part_of_an_examples_history_can_be_missed(example: Example) -> None:
    """Without any one of the earlier actions, the example or what leads up to it is refused."""
    for number in range(len(example.after)):
        outcome, known = True, given()
        for said in (*example.after[:number], *example.after[number + 1 :], example.said):
            result = known.when(said)
            outcome, known = outcome and result.recorded, result.after
        assert not outcome, example.after[number]


def test_the_example_of_a_contact_is_recorded() -> None:
    """A contact needs no child and no history."""
    action = HoldContact.model_validate(EXAMPLES["hold_contact"].said)
    held = decide_contact(action, SHIPPED, receipt_of(action), NOW)
    assert isinstance(held, ContactHeld)
    assert held.topics == ("absence", "mood")
