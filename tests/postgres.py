"""A PostgreSQL cluster for tests: private, on loopback, durable as in production, gone at the end.

Each process that runs tests has its own (it starts in about a second), so that a test may stop or restart it. The
server programs are found on PATH or where Debian puts them, or installed with apt-get by root; if they cannot be had,
the tests fail and say what is missing.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

SUPERUSER = "postgres"
ROLE = "zorgspoor"
"""What the stores of the tests belong to: no superuser, as in production."""

START_SECONDS = 30
ALONE = {"LANG": "C", "LC_ALL": "C", "PATH": os.defpath}

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
}

WATCH = '"$@" & server=$!; while read -r line; do :; done; kill -QUIT $server; wait $server'
"""The server ends when its standard input does: also if the process that runs the tests is killed."""


class PostgresMissing(Exception):
    """There are no server programs; says what to install."""


@dataclass
class Cluster:
    """A server with its data, as its superuser sees it."""

    programs: Path
    folder: Path
    port: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    _server: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, schema: str, key: Path, port: int | None = None) -> str:
        """The address of a store; `port`: of something in between."""
        return f"postgresql+psycopg://{ROLE}@127.0.0.1:{port or self.port}/postgres?schema={schema}&key={key}"

    def dsn(self, user: str = SUPERUSER) -> str:
        return f"host=127.0.0.1 port={self.port} user={user} dbname=postgres connect_timeout=5"

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """As the superuser, in autocommit mode."""
        return psycopg.connect(self.dsn(), autocommit=True)

    def execute(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def dump(self, schema: str) -> str:
        """What pg_dump writes of one schema."""
        command = [str(self.programs / "pg_dump"), "--schema", schema, self.dsn()]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # as below
        return done.stdout

    def start(self) -> None:
        command = [self.programs / "postgres", "-D", self.data, "-p", self.port]
        settings = [part for name, value in {**SETTINGS, **self.settings}.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._server = _popen(["/bin/sh", "-c", WATCH, "sh", *command, *settings], log)
        self._wait()

    def stop(self, mode: str = "fast") -> None:
        """`immediate`: as if it crashed."""
        if self._server and self._server.stdin:
            _run([self.programs / "pg_ctl", "stop", "-D", self.data, "-m", mode, "-w"])
            self._server.stdin.close()
            self._server.wait()
            self._server = None

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def _wait(self) -> None:
        until = monotonic() + START_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                if monotonic() > until:
                    raise PostgresMissing(f"PostgreSQL does not start: {(self.folder / 'log').read_text()}") from error
                sleep(0.02)


@contextmanager
def cluster(**settings: str) -> Iterator[Cluster]:
    """A running cluster with the role of the tests, removed at the end. `settings`: other ones than the tests have."""
    folder = Path(tempfile.mkdtemp(prefix="zorgspoor-postgres-"))
    made = Cluster(programs(), folder, _free_port(), settings)
    if os.getuid() == 0:
        os.chown(folder, _user().pw_uid, _user().pw_gid)
    try:
        how = ["--auth=trust", f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        _run([made.programs / "initdb", "-D", made.data, "--no-instructions", *how])
        made.start()
        made.execute(f"CREATE ROLE {ROLE} LOGIN")
        made.execute(f"GRANT CREATE ON DATABASE postgres TO {ROLE}")
        yield made
        made.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def programs() -> Path:
    """The folder with the server programs."""
    found = _found()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _found()
    if found is None:
        raise PostgresMissing(
            "The tests need the server programs of PostgreSQL 14 or newer (initdb, postgres, pg_ctl, pg_dump): "
            "install the package postgresql (Debian, Ubuntu), or put their folder on PATH."
        )
    return found


def _found() -> Path | None:
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    debian = Path("/usr/lib/postgresql")
    places += sorted(debian.glob("*/bin"), key=lambda place: float(place.parent.name), reverse=True)
    needed = ("initdb", "postgres", "pg_ctl", "pg_dump")
    return next((place for place in places if all((place / name).exists() for name in needed)), None)


def _install() -> None:
    """Debian makes a cluster of its own on installation, unless it is told beforehand not to."""
    configuration = Path("/etc/postgresql-common/createcluster.conf")
    configuration.parent.mkdir(exist_ok=True)
    if not configuration.exists():
        configuration.write_text("create_main_cluster = false\n")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"]
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}  # noqa: TID251  # apt needs its proxy settings
        subprocess.run([*apt, *arguments], check=False, capture_output=True, env=environment)  # noqa: S603  # our own


def _user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as_user() -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    return {"user": _user().pw_uid, "group": _user().pw_gid, "extra_groups": []}


def _run(command: list[Any]) -> None:
    done = subprocess.run(  # noqa: S603  # PostgreSQL's own programs
        [str(part) for part in command], check=False, capture_output=True, text=True, cwd="/", env=ALONE, **_as_user()
    )
    if done.returncode:
        raise PostgresMissing(f"{command[0]} fails: {done.stderr or done.stdout}")


def _popen(command: list[Any], log: Any) -> "subprocess.Popen[bytes]":
    parts = [str(part) for part in command]
    return subprocess.Popen(  # noqa: S603  # as above
        parts, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", env=ALONE, **_as_user()
    )


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
