"""What all actions share. An action is what a person does, or tries to do, for a child (domain.md, Actions)."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, ClassVar, Protocol, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from consent_policy.grounds import Actor
from consent_policy.instant import Instant
from consent_policy.vocabulary import Category
from domain.actor import FAMILY
from domain.fact import ChildFact
from domain.field import MIN_REASON, Evidence, Introduces, Receipt, Ref, Refers, Text, is_personal, marks
from domain.refusal import Code


class Who(Protocol):
    """One row of "who may": the roles that it can be true of, the code if it is not, and the question itself."""

    @property
    def roles(self) -> frozenset[str]: ...

    @property
    def otherwise(self) -> Code: ...

    def __call__(self, child: Any, action: Any) -> bool: ...


class Deed(BaseModel):
    """What every action says: what is done, when it happened, by whom; and maybe under which id it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)

    action: str
    at: Instant
    by: Actor
    action_id: Ref | None = None


class Action(Deed):
    """An action on a child. Its fact is made of the same fields.

    `WHO`: who may, one row is enough; `AFTER_CLOSING`: also in a closed episode.
    """

    FACT: ClassVar[type[ChildFact]]
    WHO: ClassVar[tuple[Who, ...]]
    AFTER_CLOSING: ClassVar[bool] = False

    trajectory: Ref

    def fact(self, receipt: Receipt, **decided: Any) -> ChildFact:
        """The fact that this action leaves; `decided`: what the rules add to what the person said."""
        body = {name: getattr(self, name) for name in type(self).model_fields if name in self.FACT.model_fields}
        return self.FACT.model_construct(**{**body, "occurred_at": self.at, "receipt": receipt, **decided})

    def refers_to(self) -> Iterator[tuple[str, str]]:
        """(kind, reference) of everything that must be known already."""
        for name, kind in _marked(type(self), Refers):
            yield from ((kind, value) for value in _values(getattr(self, name)))

    def introduces(self) -> tuple[str, str] | None:
        """(kind, reference) of what this action names, if it names anything."""
        for name, kind in _marked(type(self), Introduces):
            return kind, getattr(self, name)
        return None

    def personal(self) -> Iterator[str]:
        """Names of the ◆ fields that are filled in."""
        return (name for name in _personal_fields(type(self)) if getattr(self, name) not in (None, (), ""))


class Evidenced(Action):
    """Says what somebody else's statement rests on; the family's own words need no evidence (domain.md, Actions)."""

    evidence: Evidence | None = None

    @model_validator(mode="after")
    def evidence_of_others(self) -> Self:
        if self.evidence is None and self.by.role not in FAMILY:
            raise PydanticCustomError("missing", "evidence: required unless a guardian or youth says it themselves")
        return self


class CareAction(Action):
    """Care asks consent to its own category, `GATE`. What happened against a rule can be told as irregular.

    `REQUIRED_TEXT`: ◆ fields that only an irregular one may lack.
    """

    GATE: ClassVar[Category]
    REQUIRED_TEXT: ClassVar[tuple[str, ...]] = ()

    episode: Annotated[Ref, Refers("episode")]
    irregular: Text | None = None

    @model_validator(mode="after")
    def reason_is_given(self) -> Self:
        if self.irregular is not None and len(self.irregular.strip()) < MIN_REASON:
            raise PydanticCustomError("too_short", f"irregular: a reason of at least {MIN_REASON} characters")
        return self

    @model_validator(mode="after")
    def text_is_given(self) -> Self:
        if self.irregular is None:
            for name in self.REQUIRED_TEXT:
                if getattr(self, name) is None:
                    raise PydanticCustomError("missing", "{field}: Field required", {"field": name})
        return self


@cache
def _marked(model: type[BaseModel], mark: type[Refers] | type[Introduces]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, each.kind)
        for name, field in model.model_fields.items()
        for each in marks(field)
        if isinstance(each, mark)
    )


@cache
def _personal_fields(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, field in model.model_fields.items() if is_personal(field) and name != "irregular")


def _values(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
