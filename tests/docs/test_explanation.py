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
    """Each step names functions or classes of its file, and no function that the file does not have."""
    for file, told in _steps(walk).items():
        assert (ROOT / file).is_file(), file
        functions, classes = set(re.findall(r"`(\w+)\(\)`", told)), set(re.findall(r"`([A-Z]\w+)`", told))
        defined = _defined_in(file)
        assert functions <= defined, f"{file} has no {functions - defined}"
        assert (functions | classes) & defined, f"{file}: nothing of it is named"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link within the documentation leads to a file that exists."""
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


def test_decisions_are_numbered_short_and_listed() -> None:
    """Each has the next number; context, decision and consequences in under 40 lines; and stands in the list."""
    listed = (DOCS / "README.md").read_text("utf-8")
    for number, path in enumerate(sorted((DOCS / "decisions").glob("*.md")), 1):
        text = path.read_text("utf-8")
        assert path.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        assert re.findall(r"^## (\w+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert len(text.splitlines()) < 40, path.name
        assert f"(decisions/{path.name})" in listed, path.name


def test_files_that_the_documentation_names_exist() -> None:
    """A path into the code, in a decision or an explanation, is that of a file or folder of this repository."""
    for page in (*(DOCS / "decisions").glob("*.md"), *(DOCS / "explanation").glob("*.md"), DOCS / "README.md"):
        for path in re.findall(
            r"`((?:api|consent_policy|docs|domain|ledger|projections|tests)/[\w./-]+)`", page.read_text("utf-8")
        ):
            assert (ROOT / path).exists(), f"{page.name}: {path}"
