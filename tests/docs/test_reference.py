from pathlib import Path

import pytest

from docs.generate import DOCS, EXAMPLES_FILE, examples, pages

PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_says_what_the_code_says(name: str) -> None:
    """A generated page in the repository is what the code and its data give now."""
    path = DOCS / name
    assert path.is_file(), f"docs/{name} is missing: run `make docs`"
    assert path.read_text("utf-8") == PAGES[name], f"docs/{name} is out of date: run `make docs`"


def test_the_examples_of_the_door_are_those_of_the_tests() -> None:
    """The OpenAPI document shows what the tests try."""
    assert EXAMPLES_FILE.read_text("utf-8") == examples(), "api/http/examples.json is out of date: run `make docs`"


def test_no_generated_page_is_left_over() -> None:
    """A page of something that is gone does not stay in the repository."""
    made = {path for path in DOCS.rglob("*.md") if path.read_text("utf-8").startswith("<!-- Made by")}
    assert {path.relative_to(DOCS) for path in made} == {Path(name) for name in PAGES}, "run `make docs`"
