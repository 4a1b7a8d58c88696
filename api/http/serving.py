"""The service: workers that answer, each with a store of its own, and one of them that projects.

Who projects is who holds a lock on a file; the kernel lets go of it when that worker ends, however it ends, and another
goes on. Each worker ends with its supervisor.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from threading import Event, Thread

import structlog
import uvicorn
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from api.erasures import Erasures
from api.http import logs
from api.http.connections import Timely
from api.http.metrics import Metrics
from api.http.outermost import HEAD_BYTES
from api.http.rates import Rates
from api.http.server import http
from api.http.signing import SigningIn
from api.main import App, Settings, build, share_metrics
from ledger.errors import LedgerError, place_of
from projections.processes import keep_what_there_is
from projections.projector import Following

THREADS = 16
"""Requests that one worker answers at once; more wait their turn."""

WAITING = 400
"""Connections of one worker; more are told 503 at once (assumed)."""

GRACE_SECONDS = 20
"""For what is being answered when the service is stopped."""

EVERY_SECONDS = 0.5
"""Between two attempts of a worker to be the one that projects, and two looks whether its supervisor is there."""

ERASURES_SECONDS = 60
"""Between two looks of the one that projects for an erasure that was cut off."""

AGAIN_SECONDS = 1.0
"""Until a worker that could not begin is replaced: what lacks may be back by then."""

log = structlog.get_logger("zorgspoor")


@dataclass(frozen=True)
class Serving:
    """What every worker needs; sent to each. `supervisor`: its process, with which workers end; None: this one."""

    settings: Settings
    signing_in: SigningIn
    folder: Path
    asked_most: str | None
    supervisor: int | None

    def __call__(self) -> ASGIApp:
        """The application of one worker."""
        logs.begin()
        _there(self.folder)
        app = self._built()
        app.reads.followed = True

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            current_default_thread_limiter().total_tokens = THREADS
            with closing(app.store), Chores(app, self.folder / "projects.lock", self.supervisor):
                keep_what_there_is()
                yield

        return http(
            app,
            self.signing_in.over(app),
            rates=Rates(self.asked_most),
            metrics=Metrics(str(self.folder) if self.supervisor else None),
            hosts=self.signing_in.hosts,
            encrypted=self.signing_in.encrypted,
            probed=self.signing_in.settings is not None,
            lifespan=lifespan,
        )

    def _built(self) -> App:
        """Where the store is not to be had just now, this worker ends without a traceback, and another one tries."""
        try:
            return build(self.settings)
        except LedgerError as error:
            log.error("worker", kind=type(error).__name__, place=place_of(error))  # noqa: TRY400  # as it says above
            time.sleep(AGAIN_SECONDS)
            sys.exit(1)


def _there(folder: Path) -> None:
    """What tidies up old files may have taken it away."""
    folder.mkdir(mode=0o700, exist_ok=True)


class Chores:
    """What a worker does beside answering: it ends where its supervisor did.

    While it holds the lock it projects, and ends erasures that were cut off.
    """

    def __init__(self, app: App, lock: Path, supervisor: int | None) -> None:
        self._app = app
        self._lock = lock
        self._supervisor = supervisor
        self._erasures = Erasures(app)
        self._over = Event()
        self._thread = Thread(target=self._run, name="chores", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with ExitStack() as held:
            projects, due = False, 0.0
            while not self._over.is_set():
                try:
                    self._end_with_supervisor()
                    projects = projects or self._project(held)
                    if projects and time.monotonic() >= due:
                        due = time.monotonic() + ERASURES_SECONDS
                        self._finish_erasures()
                except Exception as error:  # noqa: BLE001  # without this thread nobody would take over
                    _failed(error)
                self._over.wait(EVERY_SECONDS)

    def _finish_erasures(self) -> None:
        finished = self._erasures.finish()
        if finished:
            log.warning("erased", count=finished)

    def _end_with_supervisor(self) -> None:
        if self._supervisor is not None and os.getppid() != self._supervisor:
            os.kill(os.getpid(), signal.SIGTERM)

    def _project(self, held: ExitStack) -> bool:
        """From now on, if nobody else does."""
        with ExitStack() as undo:
            _there(self._lock.parent)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
            undo.callback(os.close, descriptor)
            with suppress(BlockingIOError, LedgerError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                following = Following(self._app.reads.projector, self._app.store, _failed)
                undo.callback(following.stop)
                held.push(undo.pop_all())
                return True
        return False


def _failed(error: Exception) -> None:
    log.error("chores", kind=type(error).__name__, place=place_of(error))


class Workers(Multiprocess):
    """Notices at once where a worker ends.

    As long as the supervisor holds the worker's end of what they talk over, it waits for an answer of the dead as long
    as for one that is busy, and hears nothing else meanwhile, not even that it is to stop.
    """

    def keep_subprocess_alive(self) -> None:
        for each in self.processes:
            each.child_conn.close()
        super().keep_subprocess_alive()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """To be stopped is no failure: what is open is closed and the exit code is 0.

    uvicorn stops gracefully, and then raises the signal once more, which would end the process as if it was killed.
    """
    before = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(*_: object) -> None:
    sys.exit(0)


def _bound(config: uvicorn.Config) -> socket:
    """The socket, or why not and where: uvicorn ends the process instead, and names no place. Raises OSError."""
    try:
        return config.bind_socket()
    except SystemExit as ended:
        if not isinstance(ended.__context__, OSError):
            raise
        why = ended.__context__
    raise OSError(why.errno, why.strerror, f"{config.host}:{config.port}")


@contextmanager
def _kept(folder: str) -> Iterator[None]:
    """Services run longer than files in such places are left alone, unless they are locked (systemd-tmpfiles)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def serve(
    settings: Settings,
    signing_in: SigningIn,
    *,
    host: str,
    port: int,
    workers: int,
    asked_most: str | None,
    certificate: tuple[Path, Path] | None = None,
) -> int:
    """Serve until it is stopped. The exit code. Raises what is wrong with settings or store before anybody connects."""
    with TemporaryDirectory(prefix="zorgspoor-") as folder, _kept(folder), _stopped_by_signals():
        supervisor = os.getpid() if workers > 1 else None
        if supervisor:
            share_metrics(folder)
        config = uvicorn.Config(
            Serving(settings, signing_in, Path(folder), asked_most, supervisor),
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=Timely,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=signing_in.behind_proxies,
            limit_concurrency=WAITING,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_worker_healthcheck=30,
            h11_max_incomplete_event_size=HEAD_BYTES,
            ssl_certfile=certificate and certificate[0],
            ssl_keyfile=certificate and certificate[1],
        )
        with closing(_bound(config)) as bound:
            if workers > 1:
                Workers(config, sockets=[bound]).run()
                return 0
            server = uvicorn.Server(config)
            server.run(sockets=[bound])
            return 0 if server.started else 3
