import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import DOCS

TUTORIAL = DOCS / "tutorial" / "first-hour.md"
BLOCKS = re.findall(r"```sh\n(.*?)```\n\n```text\n(.*?)```", TUTORIAL.read_text("utf-8"), flags=re.DOTALL)
END = "--- end of block ---"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block prints, when all are typed one after the other into one shell in an empty folder."""
    folder = tmp_path_factory.mktemp("hour")
    (folder / "tests").mkdir()
    shutil.copytree(DOCS.parent / "tests" / "cases", folder / "tests" / "cases")
    setting = f"export COLUMNS=200 LC_ALL=C.UTF-8 PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n"
    script = setting + "".join(f"{commands}\necho '{END}'\n" for commands, _ in BLOCKS)
    done = subprocess.run(
        ["/bin/sh"],
        input=script,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.split(END)[:-1]


def test_every_command_is_followed_by_what_one_sees() -> None:
    """No block of commands stands there untried."""
    assert len(BLOCKS) == TUTORIAL.read_text("utf-8").count("```sh\n") > 0


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_one_sees_what_the_tutorial_says(seen: list[str], number: int) -> None:
    """The lines of a text block appear in this order; `…` stands for anything within a line."""
    commands, lines = BLOCKS[number]
    printed = [" ".join(line.split()) for line in seen[number].splitlines()]
    for line in lines.splitlines():
        wanted = re.compile(".*".join(re.escape(" ".join(part.split())) for part in line.split("…")))
        found = next((at for at, each in enumerate(printed) if wanted.search(each)), None)
        assert found is not None, f"after\n{commands}\nnot seen: {line}\nin\n{seen[number]}"
        printed = printed[found + 1 :]
