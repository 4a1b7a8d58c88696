"""The application that a command works with, and how it is told what goes wrong."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import typer
from rich.console import Console

from api.cursor import BadCursor
from api.look import Busy, KnownBefore
from api.main import App, Settings, build
from api.replaying import ReplayInterrupted
from consent_policy.policy import PolicyInvalid, PolicyMissing
from domain.programme import ProgrammeFileError
from ledger.errors import FactUnreadable, LedgerError, SealBroken, StoreUnavailable

problems = Console(stderr=True, highlight=False)


class BadUse(Exception):
    """The command does not say what it must; the sentence says what."""


@contextmanager
def told() -> Iterator[None]:
    """Tell what went wrong in a sentence and an exit code; never with content, never with a traceback of values."""
    try:
        yield
    except BadUse as error:
        _stop(2, str(error))
    except (PolicyInvalid, PolicyMissing, ProgrammeFileError) as error:
        _stop(2, str(error))
    except StoreUnavailable as error:
        _stop(3, f"{error} {error.hint}")
    except (SealBroken, FactUnreadable) as error:
        _stop(1, f"{error} {error.hint}")
    except LedgerError as error:
        _stop(2, f"{error} {error.hint}")
    except BrokenPipeError:
        raise
    except OSError as error:
        _stop(2, f"{error.filename}: {error.strerror}")
    except KnownBefore as error:
        option = str(error).replace("_", "-")
        _stop(2, f"--{option}: earlier than the first fact of this store; nothing was known then.")
    except BadCursor:
        _stop(2, "--cursor: not given out by this store for this list, this viewer and these options.")
    except ReplayInterrupted:
        _stop(3, "A process that replayed ended before it was done; nothing is told. Replay again.")
    except Busy:
        _stop(3, "The dossier kept changing; nothing was shown. Ask again.")


@contextmanager
def application(store: str | None) -> Iterator[App]:
    """The application over this store, closed in the end; what goes wrong is told."""
    with told():
        app = build(Settings.from_environment(store))
        with closing(app.store):
            yield app


def _stop(code: int, sentence: str) -> None:
    problems.print(sentence, markup=False)
    raise typer.Exit(code)
