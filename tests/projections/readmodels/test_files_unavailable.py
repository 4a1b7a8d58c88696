"""Files of read models that cannot be used: it is said so, nothing is half done, and the log goes on without them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from api.main import Settings, create
from ledger.errors import LedgerError, StoreUnavailable
from projections.readstore import RowBroken
from tests.api.test_secrecy import NEVER
from tests.conftest import NO_BYTECODE, ROOT
from tests.ledger.place import Place, SQLitePlace
from tests.ledger.test_going_on import SETPRIV
from tests.projections.readmodels.fold import assert_fold
from tests.projections.readmodels.logs import contact, filled
from tests.projections.readmodels.places import files_of, forget
from tests.projections.readmodels.projecting import opened

BETWEEN = 400_000
"""Bytes: more than the log's files have, less than those of the read models."""


class Service:
    """tests/projections/readmodels/service.py in a process of its own, for whom rights on files count."""

    def __init__(self, place: SQLitePlace) -> None:
        command = [sys.executable, "-m", "tests.projections.readmodels.service", place.url]
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

    def __call__(self, what: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return self.heard()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store of which everything is projected, to copy from."""
    folder = tmp_path_factory.mktemp("whole")
    app = create(Settings(SQLitePlace(folder).url))
    filled(app)
    app.reads.projector.catch_up()
    app.store.close()
    return folder


@pytest.fixture
def on_disk(whole: Path, tmp_path: Path) -> SQLitePlace:
    """Everything is projected, and nobody has it open."""
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    return SQLitePlace(tmp_path)


def assert_right(place: Place) -> None:
    with opened(place.url) as app:
        app.reads.projector.catch_up()
        assert_fold(app)


def outcome(use: Callable[[], object]) -> LedgerError | None:
    try:
        use()
    except LedgerError as error:
        return error
    return None


def told(error: LedgerError) -> str:
    return f"{type(error).__name__}: {error} {error.hint}"


def is_said(said: str) -> bool:
    """Which database, and what to do; and nothing of what was to be written."""
    assert not any(word in said for word in (*NEVER, "Noor", "Voorbeeld", "GM0546", "INSERT", "UPDATE"))
    return said.startswith("StoreUnavailable: The read models cannot be used") and "read.db" in said


def test_a_full_disk(on_disk: SQLitePlace) -> None:
    """What is read stays what it was; when there is room again it goes on."""
    with Service(on_disk) as service:
        service("rebuild")
        count = service("count")
        assert service(f"room {BETWEEN}") == "done"
        for _ in range(2):
            assert service("record") == "recorded"
            assert is_said(service("project"))
            assert is_said(service("rebuild"))
            assert service("count") == count
        assert service("room -") == "done"
        assert service("project") == "True"
        assert int(service("count")) == int(count) + 2
    assert_right(on_disk)


def test_files_that_may_only_be_read(on_disk: SQLitePlace) -> None:
    """Their rights were taken by mistake."""
    for file in files_of(on_disk):
        file.chmod(0o400)
    with Service(on_disk) as service:
        assert service("record") == "recorded"
        for what in ("project", "rebuild", "count"):
            assert is_said(service(what))
        for file in files_of(on_disk):
            file.chmod(0o600)
        assert service("project") == "True"
    assert_right(on_disk)


def damaged_head(file: Path) -> None:
    _overwrite(file, 0, b"no database at all" * 10)


def damaged_middle(file: Path) -> None:
    for at in range(8192, file.stat().st_size, 8192):
        _overwrite(file, at, os.urandom(2048))


def cut_off(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def removed(file: Path) -> None:
    file.unlink()


def _overwrite(file: Path, at: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


@pytest.mark.parametrize("damage", [damaged_head, damaged_middle, cut_off, emptied, removed])
def test_a_file_that_is_damaged_or_gone(on_disk: SQLitePlace, damage: Callable[[Path], None]) -> None:
    """It is said so, or it is built anew; and without it everything is."""
    (file,) = files_of(on_disk)
    damage(file)
    with opened(on_disk.url) as app:
        contact(app)
        uses: list[Callable[[], object]] = [app.reads.projector.catch_up, app.reads.projector.rebuild]
        uses.append(lambda: assert_fold(app))
        wrong = [error for error in map(outcome, uses) if error]
        assert all(isinstance(error, RowBroken) or is_said(told(error)) for error in wrong)
        assert not wrong or damage not in (emptied, removed)
        contact(app)
    for file in files_of(on_disk):
        file.unlink()
    assert_right(on_disk)


def test_a_file_that_goes_while_it_is_used(on_disk: SQLitePlace) -> None:
    """Whoever has it open goes on with what there was, or says that it cannot; whoever comes next builds it anew."""
    with opened(on_disk.url) as app:
        app.reads.projector.catch_up()
        forget(on_disk)
        for _ in range(3):
            contact(app)
            with suppress(StoreUnavailable):
                app.reads.projector.catch_up()
                assert_fold(app)
        assert_right(on_disk)
