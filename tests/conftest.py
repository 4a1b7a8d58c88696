"""A store of its own for every test, a clock that stands still until it is stepped, and the command line."""

import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

import api.cli
from api.act import act
from api.main import App, Settings, build, create
from api.parse import parse
from tests.examples import NOW, PIT
from tests.ledger.place import Place, PostgresPlace, SQLitePlace
from tests.postgres import Cluster, cluster

ROOT = Path(__file__).parents[1]
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
"""On a disk that is full, or made to seem so, Python would leave half a file of bytecode, which then fails for all."""
MAIN = "from api.cli import main; main()"


@dataclass
class Clock:
    """Says the same instant until it is stepped."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.now

    def step(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Done:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str


class CommandLine(Protocol):
    """`zorgspoor` with these arguments, in this process; `app`: the application that it uses instead of its own."""

    def __call__(self, *arguments: object, app: App | None = None) -> Done: ...


class Program(Protocol):
    """`zorgspoor` with these arguments, in a process of its own; `first`: Python to run before it."""

    def __call__(self, *arguments: object, first: str = "") -> Done: ...


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One PostgreSQL cluster for all tests of this process; where it cannot be had, they fail and say what lacks."""
    with cluster() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the store of this test is, with nothing beside its own files."""
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'zorgspoor.db'}"


@pytest.fixture
def app(url: str, clock: Clock) -> Iterator[App]:
    """An application over an empty store."""
    app = create(Settings(url), clock=clock)
    yield app
    app.store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the store of this test is, or will be, on each engine."""
    if request.param == "sqlite":
        return SQLitePlace(tmp_path)
    return PostgresPlace(request.getfixturevalue("postgres"), tmp_path)


@pytest.fixture
def app_on_each_engine(place: Place, clock: Clock) -> Iterator[App]:
    """An application over an empty store."""
    app = create(Settings(place.url), clock=clock)
    yield app
    app.store.close()


@pytest.fixture(scope="session")
def pit_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with the whole pit case in it, to copy from."""
    folder = tmp_path_factory.mktemp("pit")
    app = create(Settings(f"sqlite:///{folder / 'zorgspoor.db'}"), clock=Clock())
    for line in PIT:
        act(app, parse(line, app.programmes))
    app.store.close()
    return folder


@pytest.fixture
def pit(pit_store: Path, folder: Path, url: str, clock: Clock) -> Iterator[App]:
    """An application over a store with the whole pit case in it, at NOW."""
    shutil.copytree(pit_store, folder, dirs_exist_ok=True)
    app = build(Settings(url), clock)
    yield app
    app.store.close()


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    """The command line in this process: its real `main`, with its own way to end."""
    monkeypatch.delenv("ZORGSPOOR_STORE", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, app: App | None = None) -> Done:
        out, err, code = io.StringIO(), io.StringIO(), 0
        with monkeypatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
            patched.setattr(sys, "argv", ["zorgspoor", *map(str, arguments)])
            if app is not None:
                patched.setattr("api.commands.application.build", lambda _: app)
                patched.setattr(app.store, "close", lambda: None)
            try:
                api.cli.main()
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0
        return Done(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The command line as another process."""

    def run(*arguments: object, first: str = "") -> Done:
        command = [sys.executable, "-c", f"{first}\n{MAIN}", *map(str, arguments)]
        env = {"PYTHONPATH": str(ROOT), **NO_BYTECODE}
        done = subprocess.run(  # noqa: S603  # our own program
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=env,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run
