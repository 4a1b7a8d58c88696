"""What changes a few fields of a frozen record."""

from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

import pytest

from consent_policy.grounds import Actor
from domain.record import altered
from domain.trajectory import state, subjects
from tests.domain.given import SHIPPED

ANNA = Actor("anna", "teacher", "school-12AB")
CHILD = state.Child.unknown(UUID(int=1), SHIPPED)


@dataclass(frozen=True)
class Sum:
    a: int
    b: int = 2

    @cached_property
    def total(self) -> int:
        return self.a + self.b


def test_it_does_what_replace_does() -> None:
    """With slots and without."""
    assert altered(ANNA, id="bea") == replace(ANNA, id="bea")
    assert altered(CHILD, guardians=("g-m",)) == replace(CHILD, guardians=("g-m",))
    assert altered(Sum(1), a=5) == Sum(5)


def test_what_was_worked_out_before_is_worked_out_anew() -> None:
    """Otherwise consent would be decided on grounds that are no more."""
    one = Sum(1)
    assert one.total == 3
    assert altered(one, a=5).total == 7


def test_a_field_that_is_not_there_is_a_mistake() -> None:
    """As with `replace`."""
    with pytest.raises(TypeError, match="has no field name"):
        altered(ANNA, name="bea")
    with pytest.raises(TypeError, match="has no field name"):
        altered(CHILD, name="bea")


def test_no_record_of_the_fold_works_anything_out_when_it_is_made() -> None:
    """That would not be done by `altered`."""
    kinds = [each for subject in (state, *subjects.SUBJECTS) for each in vars(subject).values()]
    assert [each for each in kinds if hasattr(each, "__dataclass_fields__") and hasattr(each, "__post_init__")] == []
