"""What can go wrong in the ledger: every error has a sentence and, in `hint`, what to do about it. Never content."""

from pathlib import Path
from uuid import UUID


class LedgerError(Exception):
    """The store cannot do what it was asked to."""

    hint = "See the log of the service."

    def __init__(self, sentence: str, hint: str | None = None) -> None:
        super().__init__(sentence, *([hint] if hint else []))
        self.sentence = sentence
        self.hint = hint or self.hint

    def __str__(self) -> str:
        return self.sentence


class StoreNotFound(LedgerError):
    """There is no store at this place."""

    hint = "Check the address of the store, or make a store with `zorgspoor init`."


class StoreExists(LedgerError):
    """A new store would stand in the way of files that are there."""

    hint = "Choose another address, or move these files away; nothing has been changed."


class StoreAddress(LedgerError):
    """An address that names no kind of store that we know."""

    hint = (
        "Write sqlite:///folder/zorgspoor.db, or sqlite:////folder/zorgspoor.db from the root, or "
        "postgresql+psycopg://user@host:port/database?schema=name&key=/folder/zorgspoor.key"
    )


class NotAStore(LedgerError):
    """A file that is not (a whole) store of ours."""

    hint = "Check the address of the store. If `zorgspoor init` was interrupted, remove its files and run it again."


class OtherSchema(LedgerError):
    """A store that other software wrote: its tables have another shape."""

    hint = "Use the version of Zorgspoor that belongs to this store, or migrate the store first."


class StoreUnavailable(LedgerError):
    """The database refuses for now. What was acknowledged stands; what was not is not there, not even half."""

    hint = "Try again later."


class OutcomeUnknown(StoreUnavailable):
    """The connection was lost while something was done, and the database cannot be asked whether it was.

    The one refusal after which facts may stand: all of them or none, and never twice.
    """

    hint = "Read again when the database is back, and only then decide again; what stands is not recorded twice."


class RotationRuns(StoreUnavailable):
    """Another program gives this store a new key at this moment; two at once would each drop what the other needs."""

    hint = "Wait until it is done. If it was killed, its lock is gone with it: run `zorgspoor keys rotate` again."


class WrongKey(LedgerError):
    """The store key does not open the keys of this store."""

    hint = "Put the key file that belongs to this store in its place. Nothing has been read or changed."


class KeyFileMissing(WrongKey):
    """There is a store but no key file."""

    hint = "Restore the key file from where it is kept safe; without it the store cannot be read by anybody."


class KeyFileOutdated(WrongKey):
    """A key file from before `zorgspoor keys rotate`, put back in its place or never replaced on this machine."""

    hint = (
        "Restore the newest copy of the key file, or copy it from the machine where the key was rotated. Nothing has "
        "been read or changed."
    )


class KeyFileExposed(WrongKey):
    """Others than its owner can read the key file."""

    hint = "Run `chmod 600` on the key file, find out who could have read it, and consider `zorgspoor keys rotate`."


class KeysNotFound(LedgerError):
    """There is a log, but not its wrapped keys."""

    hint = "Restore the keys from their own backup; without it the store cannot be read by anybody."


class KeyMissing(LedgerError):
    """This stream has no key and no tombstone."""

    hint = "Either nothing was recorded in this stream yet, or the keys come from a backup older than the log."

    def __init__(self, stream: UUID) -> None:
        super().__init__(f"There is no key for stream {stream}.")
        self.args = (stream,)
        self.stream = stream


class KeyDestroyed(LedgerError):
    """The key of this stream was destroyed (the child is erased) and is never minted again."""

    hint = "Nothing can be recorded in or read from an erased stream."

    def __init__(self, stream: UUID) -> None:
        super().__init__(f"The key of stream {stream} is destroyed.")
        self.args = (stream,)
        self.stream = stream


class Moved(LedgerError):
    """Streams have another version than the one that a decision was made on."""

    hint = "Read these streams again and decide again."

    def __init__(self, *streams: UUID) -> None:
        super().__init__(f"Moved since they were read: {', '.join(map(str, streams))}.")
        self.args = streams
        self.streams = streams


class UnknownTopic(LedgerError):
    """A fact of a kind that this software does not know."""

    hint = "The log was written by newer software, or with a programme that is not installed here."

    def __init__(self, topic: str) -> None:
        super().__init__(f"No fact is registered for topic {topic!r}.")
        self.args = (topic,)
        self.topic = topic


class Rewound(LedgerError):
    """The log no longer holds what was read from it: it was put back, or a standby took over that lacked the end."""

    hint = (
        "Find out what was lost: somebody was told that it stands. Then work out anew, from the beginning of the log, "
        "whatever was worked out from it."
    )


class NotEncodable(LedgerError):
    """A fact whose values are not what its own class says. It was not recorded."""

    hint = "This is a defect in the software that made the fact."


class SealBroken(LedgerError):
    """A body does not open with its key: it was altered, or stands in a row where it was not recorded."""

    hint = "Run `zorgspoor verify`, and keep this store as it is for investigation."

    def __init__(self, position: int, stream: UUID, version: int) -> None:
        super().__init__(f"The body at position {position} (stream {stream}, version {version}) does not open.")
        self.args = (position, stream, version)
        self.position = position


class FactUnreadable(LedgerError):
    """A body opens but is not what its topic says."""

    hint = "A class of facts changed without a new topic, or an upcaster is wrong: this is a defect in the software."

    def __init__(self, position: int, topic: str, why: str) -> None:
        super().__init__(f"The body at position {position} is no {topic}: {why}.")
        self.args = (position, topic, why)
        self.position = position


def place_of(error: BaseException) -> str:
    """Where an error came from, without any value; as another process noted it, if it came from there."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    here = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    return next(iter(getattr(error, "__notes__", ())), here)
