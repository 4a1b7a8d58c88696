"""What the figures were measured on; nothing that says whose machine it is."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from time import perf_counter

from benchmarks.measure import probe
from tests.postgres import programs

SYNCS = 2_000


def machine() -> dict[str, str | int | float]:
    return {
        "measured on": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgres(),
        "fdatasyncs per second": round(_fdatasyncs()),
    }


def _postgres() -> str:
    command = [str(programs() / "postgres"), "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # PostgreSQL's own program
    return done.stdout.split()[2]


def _fdatasyncs() -> float:
    with probe() as disk:
        began = perf_counter()
        disk(SYNCS)
        return SYNCS / (perf_counter() - began)
