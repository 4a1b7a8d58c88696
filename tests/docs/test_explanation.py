import ast
import re
from pathlib import Path

import pytest

from docs.generate import DOCS

ROOT = DOCS.parent
WALKS = [DOCS / "explanation" / name for name in ("one-action.md", "one-look.md")]
MOST_FILES = 8


def _steps(walk: Path) -> dict[str, str]:
    """File -> what the walk says about it, in the order of the walk."""
    parts = re.split(r"^## \d+\. `(.+)`$", walk.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.partition("\n## ")[0] for part in parts[2::2]), strict=True))


def _defined_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.stem)
def test_a_walk_is_short(walk: Path) -> None:
    """One can follow one action, and one look, through eight files at the most."""
    assert 0 < len(_steps(walk)) <= MOST_FILES


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.stem)
def test_a_walk_names_what_exists(walk: Path) -> None:
    """Each step's functions are defined in the file that the step names."""
    for file, told in _steps(walk).items():
        assert (ROOT / file).is_file(), file
        named = set(re.findall(r"`(\w+)\(\)`", told))
        assert named or file == "domain/disclosure.py", f"{file}: no function named"
        assert named <= _defined_in(file) | _later(walk, told), f"{file}: {named - _defined_in(file)}"


def _later(walk: Path, told: str) -> set[str]:
    """A step may speak of a function of another step."""
    return {name for file in _steps(walk) for name in _defined_in(file)} if "step" in told else set()


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link within the documentation leads to a file that exists."""
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link
