"""Concern codes, which are also the topics of contacts, and signalling checklists: data, in `codes.toml`."""

import tomllib
from importlib.resources import files
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from domain.field import Part

_CODES = tomllib.loads((files("domain") / "codes.toml").read_text(encoding="utf-8"))
CONCERNS = frozenset(_CODES["concerns"])
CHECKLISTS: dict[str, dict[str, tuple[str, ...]]] = {
    name: {item: tuple(about["suggests"]) for item, about in checklist["items"].items()}
    for name, checklist in _CODES["checklists"].items()
}
"""Checklist -> item -> what a yes suggests to the school."""


def _known(code: str) -> str:
    if code not in CONCERNS:
        raise PydanticCustomError("unknown_code", "unknown code")
    return code


Concern = Annotated[str, AfterValidator(_known)]


class Checklist(Part):
    """A filled-in signalling checklist: item -> yes or no."""

    id: str
    answers: dict[str, bool]

    @model_validator(mode="after")
    def known_items(self) -> Self:
        if self.id not in CHECKLISTS or not set(self.answers) <= set(CHECKLISTS[self.id]):
            raise PydanticCustomError("unknown_code", "unknown checklist or item")
        return self


def suggestions(checklist: Checklist) -> tuple[str, ...]:
    """What the school may do itself, as its answers suggest; each once, in the order of the answers."""
    items = CHECKLISTS[checklist.id]
    return tuple(dict.fromkeys(each for item, yes in checklist.answers.items() if yes for each in items[item]))
