"""A service whose files cannot be written for a while says why, and goes on by itself when they can."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.conftest import NO_BYTECODE, ROOT
from tests.ledger.notes import create, reopen
from tests.ledger.place import SQLitePlace
from tests.ledger.test_many_processes import assert_whole

OVERRIDES = "-dac_override,-dac_read_search"
SETPRIV = ["setpriv", f"--bounding-set={OVERRIDES}", f"--inh-caps={OVERRIDES}", "--"]
"""Root as anybody: rights on files count for it too (capabilities(7)); of util-linux, which every Linux has."""


class Service:
    """tests/ledger/service.py in a process of its own."""

    def __init__(self, place: SQLitePlace) -> None:
        command = [sys.executable, "-m", "tests.ledger.service", place.url]
        self.process = subprocess.Popen(  # noqa: S603  # our own program
            [*(SETPRIV if os.getuid() == 0 else []), *command],
            env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, **NO_BYTECODE},
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.heard() == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate("")

    def heard(self) -> str:
        assert self.process.stdout
        return str(self.process.stdout.readline()).strip()

    def told(self, what: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.heard()


@pytest.fixture
def place(tmp_path: Path) -> SQLitePlace:
    place = SQLitePlace(tmp_path)
    create(place.url).close()
    return place


@pytest.fixture
def service(place: SQLitePlace) -> Iterator[Service]:
    with Service(place) as service:
        yield service


def assert_stands(place: SQLitePlace, *acknowledged: str) -> None:
    """Everything that was acknowledged is there, and nothing beside it."""
    with reopen(place.url) as store:
        assert_whole(store)
        assert [str(each.position) for each in store.log()][1:] == list(acknowledged)


def test_when_the_disk_has_room_again(place: SQLitePlace, service: Service) -> None:
    """Not a byte more may be written, and then all that one likes."""
    first = service.told("save")
    assert service.told("room 1") == "done"
    for _ in range(3):
        said = service.told("save")
        assert said.startswith("StoreUnavailable")
        assert "disk" in said
    assert service.told("room -") == "done"
    assert_stands(place, first, service.told("save"), service.told("save"))


def test_when_the_files_may_be_written_again(place: SQLitePlace) -> None:
    """Their rights were taken by mistake, so the service started with files that it may only read."""
    place.path.chmod(0o400)
    with Service(place) as service:
        for _ in range(3):
            said = service.told("save")
            assert said.startswith("StoreUnavailable")
            assert "Check the rights" in said
        for file in place.path.parent.iterdir():
            file.chmod(0o600)
        assert_stands(place, service.told("save"), service.told("save"))
