"""What PostgreSQL reports, in our own words. Its messages may repeat values, so only their codes are used."""

import psycopg

from ledger.errors import StoreUnavailable

STOPPING = "It stops, starts or was told to end this connection; try again."
FULL = "Make room on the disk of the database, then try again."
DISK = "Check the disk of the database: space, quota, health."
RIGHTS = "Check the rights of its user on the schemas of the store."
DAMAGED = "Keep the database as it is, and restore a backup beside it."
GONE = "Check what was done to its schemas, and restore a backup if they were removed."

REASONS = {
    "08": ("The connection to the database was lost", StoreUnavailable.hint),
    "25006": ("The database is read-only", "It may be a standby: check the address, or wait until it is made primary."),
    "3F000": ("The tables of the store are gone", GONE),
    "42501": ("The database does not let its user do this", RIGHTS),
    "42P01": ("The tables of the store are gone", GONE),
    "42883": ("The tables of the store are gone", GONE),
    "53100": ("The disk of the database is full", FULL),
    "53300": ("The database has no connection left", "Lower the pool sizes, or raise max_connections."),
    "53": ("The database is out of memory or another resource", "Try again later; if it lasts, look at its log."),
    "55P03": ("Another program keeps the store locked", "Try again; if it lasts, find that program."),
    "57014": ("The database took too long", "Try again; if it lasts, look at its log."),
    "57P": ("The database stops or restarts", STOPPING),
    "58": ("The disk of the database fails", DISK),
    "XX001": ("The database is damaged", DAMAGED),
    "XX002": ("The database is damaged", DAMAGED),
}
"""By SQLSTATE or the beginning of one (PostgreSQL documentation, appendix A)."""


def unavailable(error: psycopg.Error, place: str) -> StoreUnavailable:
    """For an error of a statement; `place` says which store, without a password."""
    code = error.sqlstate or "08000"
    for length in (5, 3, 2):
        if code[:length] in REASONS:
            sentence, hint = REASONS[code[:length]]
            return StoreUnavailable(f"{sentence}: {place}.", hint)
    return StoreUnavailable(f"The database refuses (SQLSTATE {code}): {place}.")


def unreachable(error: psycopg.Error, place: str) -> StoreUnavailable:
    """For a connection that could not be made; there is no code then, and libpq's sentence holds no password."""
    why = " ".join(str(error).split()) or type(error).__name__
    return StoreUnavailable(
        f"The database cannot be reached, or does not let its user in: {place} ({why}).",
        "Check that it runs, and the host, port, database, user and password of the address.",
    )


def lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone, or of no use, and nobody said what became of the statement.

    26: it has lost what was prepared, and with that our settings; something in between gave it to somebody else.
    """
    if error.sqlstate is None:
        return not isinstance(error, psycopg.ProgrammingError | psycopg.DataError | psycopg.NotSupportedError)
    return error.sqlstate.startswith(("08", "57P", "26"))
