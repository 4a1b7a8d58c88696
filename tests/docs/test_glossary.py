import ast
import inspect
import textwrap
import tomllib
from importlib.resources import files
from typing import get_args

import pytest

from consent_policy.vocabulary import CATEGORIES, PURPOSES, ROLES, Reason
from docs.actions_page import ACTIONS
from domain.facts import FACTS
from domain.programme import TeamRole, load
from domain.refusal import Code
from domain.trajectory import phase
from projections.trajectory import episode_row, signal_row

GLOSSARY = tomllib.loads((files("domain") / "glossary.toml").read_text("utf-8"))


def _strings(function: object) -> set[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]  # functions only
    return {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _phases() -> set[str]:
    """Every phase that an episode can be in, a signal's phase, and the mark that an episode is paused."""
    returned = set(get_args(phase.Phase))
    return returned | ({"signalled"} & _strings(signal_row)) | ({"paused"} & _strings(episode_row))


WORDS = {
    "roles": set(ROLES),
    "programmes": {each.id for each in load()},
    "team_roles": set(get_args(TeamRole)),
    "phases": _phases(),
    "categories": set(CATEGORIES),
    "purposes": set(PURPOSES),
    "refusals": {code.value for code in Code},
    "reasons": set(get_args(Reason)),
    "actions": set(ACTIONS),
    "facts": {topic.rpartition(".")[0] for topic in FACTS},
}
"""Section of the glossary -> what the code knows."""


def test_sections_are_those_of_the_code() -> None:
    """The glossary has a section for each kind of word, and no other."""
    assert set(GLOSSARY) == set(WORDS)


@pytest.mark.parametrize("section", WORDS)
def test_every_word_of_the_code_is_explained(section: str) -> None:
    """A word that people meet in the code has its Dutch word and its meaning."""
    assert WORDS[section] - set(GLOSSARY[section]) == set(), f"domain/glossary.toml lacks these {section}"


@pytest.mark.parametrize("section", WORDS)
def test_nothing_is_explained_that_the_code_does_not_have(section: str) -> None:
    """The glossary does not promise what is not there."""
    assert set(GLOSSARY[section]) - WORDS[section] == set(), f"domain/glossary.toml has {section} that the code has not"


@pytest.mark.parametrize("section", WORDS)
def test_says_word_and_meaning_in_both_languages(section: str) -> None:
    """Each has a Dutch word, and one line in each language that ends as a sentence does."""
    for name, word in GLOSSARY[section].items():
        assert set(word) == {"dutch", "en", "nl"}, name
        assert all(text.strip() == text and text and "\n" not in text for text in word.values()), name
        assert all(word[language].endswith(".") for language in ("en", "nl")), name


def test_dutch_words_tell_things_apart() -> None:
    """Within one kind, two things do not go by one Dutch word."""
    for section, words in GLOSSARY.items():
        dutch = [word["dutch"] for word in words.values()]
        assert len(dutch) == len(set(dutch)), section
