"""The composition root: settings in, a working application out. Nothing else reads the environment."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Self
from uuid import UUID

from api.children import BatchChildren, Children
from api.reads import Reads
from consent_policy.grounds import Actor
from consent_policy.policy import Policy, in_force, shipped
from domain.envelope import Recorded, Unrecorded
from domain.facts import FACTS, UPCASTERS
from domain.opened import StoreOpened
from domain.programme import Programmes, load
from domain.trajectory.history import History, history_of
from ledger.batch import Batch
from ledger.errors import KeyDestroyed, Moved
from ledger.keyplace import VaultAccess, token_in
from ledger.store import Store
from projections.rebuild import Builder, Elsewhere

VERSION = version("zorgspoor")
SOFTWARE = f"zorgspoor {VERSION}"
DEFAULT_STORE = "sqlite:///zorgspoor.db"

OPERATOR = Actor("operator", "records_officer", "operator")
"""Who makes a store: nobody in particular, in the role that keeps dossiers."""

SIMULATED_START = datetime(2015, 1, 1, tzinfo=UTC)
"""Before anything that a simulated store imports: the start of the Jeugdwet."""

PAGE = 500
"""Facts read from the log at a time."""

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Settings:
    """What an installation chooses. `programmes`: folders with the municipality's own programme files.

    `store_key`: the file with the key of the store, or its address in Vault (which lets us in by `vault`), where it is
    not the file beside a SQLite log.
    """

    store: str = DEFAULT_STORE
    programmes: tuple[Path, ...] = ()
    store_key: Path | str | None = None
    vault: VaultAccess | None = None
    sign_in: Path | None = None

    @classmethod
    def from_environment(cls, store: str | None = None) -> Self:
        folders = os.environ.get("ZORGSPOOR_PROGRAMMES", "")
        store_key = os.environ.get("ZORGSPOOR_STORE_KEY")
        sign_in = os.environ.get("ZORGSPOOR_SIGN_IN")
        return cls(
            store or os.environ.get("ZORGSPOOR_STORE", DEFAULT_STORE),
            tuple(Path(folder) for folder in folders.split(os.pathsep) if folder),
            store_key or None,
            _vault_access(),
            Path(sign_in) if sign_in else None,
        )

    def loaded_programmes(self) -> Programmes:
        """The shipped programmes and those of the municipality. ProgrammeFileError names what is wrong."""
        return load(*self.programmes)


@dataclass(frozen=True)
class App:
    """Everything that a door needs, put together once."""

    store: Store
    programmes: Programmes
    policies: Mapping[str, Policy]
    clock: Clock
    url: str
    elsewhere: Elsewhere | None = None
    """By which other processes come by what they need to help."""
    batch: Batch | None = None
    """What an import has done so far and not yet appended: everything is asked of it first."""

    def within(self, batch: Batch) -> Self:
        """The same, for what goes to the log together."""
        together = replace(self, batch=batch)
        vars(together).update(children=BatchChildren(self.children), reads=self.reads)
        return together

    @property
    def facts(self) -> Store | Batch:
        """Where facts go and are read back."""
        return self.batch or self.store

    @cached_property
    def children(self) -> Children | BatchChildren:
        """The children that this process knows."""
        return Children(self.store, self.programmes)

    @cached_property
    def began(self) -> datetime:
        """When the first fact of the store was recorded; before that nothing was known."""
        return self.store.opened.recorded_at

    @cached_property
    def reads(self) -> Reads:
        """The read models beside the log."""
        return Reads(self.store, self.url, self.programmes, self.policies, self.elsewhere)

    @cached_property
    def simulated(self) -> bool:
        opened = self.store.opened.fact
        return isinstance(opened, StoreOpened) and opened.simulated

    def now(self) -> datetime:
        """The instant of a decision. A simulated store stands at its last import (interfaces.md)."""
        return self.facts.last().recorded_at if self.simulated else self.clock()

    def save(
        self, facts: Sequence[Unrecorded], unmoved: Mapping[UUID, int] = {}, recorded_at: datetime | None = None
    ) -> list[Recorded]:
        """Append all of them or none (ledger.Store.save); in a simulated store nothing moves its clock but imports."""
        try:
            recorded = self.facts.save(facts, unmoved, recorded_at or (self.now() if self.simulated else None))
        except KeyDestroyed:
            raise Moved from None  # somebody erased the child meanwhile
        self.children.told(recorded)
        return recorded

    def flush(self, batch: Batch) -> int:
        """Make durable what was done within the batch, all or nothing. How many positions others took before it.

        Raises `Moved`: others wrote to the same children meanwhile; do it again in a new batch.
        """
        try:
            recorded = batch.flush(simulated=self.simulated)
        except KeyDestroyed:
            raise Moved from None
        self.children.told(recorded)
        if batch.erased:
            self.reads.purge(batch.erased)
        return recorded[0].position - batch.first if recorded else 0

    def erase(self, stream: UUID) -> None:
        """Destroy the key of a child of whom it is recorded that it is erased, and the rows about it. May be repeated.

        Within a batch: when it is flushed.
        """
        self.facts.erase(stream)
        if self.batch is None:
            self.reads.purge([stream])

    def policy(self, taken_at: datetime) -> Policy:
        """The policy in force when a decision is taken; none: an error, never a fall-back."""
        return in_force(self.policies, taken_at)

    def stream_of(self, trajectory: str) -> UUID:
        """The opaque id of a trajectory: derived with a secret, so that a reference that is a BSN does not leak.

        Lists show opaque ids, so one that is in use stands for itself.
        """
        return self._opaque(trajectory) or self.store.keys.opaque_id("trajectory", trajectory)

    def _opaque(self, trajectory: str) -> UUID | None:
        try:
            stream = UUID(trajectory)
        except ValueError:
            return None
        return stream if self.children.is_child(stream) else None

    def history(self, stream: UUID) -> History:
        """All that is known of a child now."""
        return self.children.latest(stream)

    def reread(self, stream: UUID) -> History:
        """All that the log says of a child, with nothing from memory: for proofs."""
        return history_of(stream, self.programmes, self.store.stream(stream))

    def log(self, *topics: str) -> Iterator[Recorded]:
        """All facts in their order, or those of some topics, read in pages."""
        after = 0
        while page := self.store.log(after, PAGE, topics):
            after = page[-1].position
            yield from page


def build(settings: Settings, clock: Clock | None = None) -> App:
    """The application over an existing store. LedgerError, PolicyInvalid and ProgrammeFileError say what to do."""
    programmes = settings.loaded_programmes()
    store = Store.open(
        settings.store, facts=FACTS, upcasters=UPCASTERS, key_file=settings.store_key, vault=settings.vault
    )
    return App(store, programmes, shipped(), clock or _system_clock, settings.store, partial(_builder, settings))


def create(settings: Settings, *, simulated: bool = False, clock: Clock | None = None) -> App:
    """The application over a new, empty store; its first fact describes it."""
    programmes, now = settings.loaded_programmes(), (clock or _system_clock)()
    began = SIMULATED_START if simulated else now

    def opened(store: UUID) -> StoreOpened:
        return StoreOpened(occurred_at=began, by=OPERATOR, store=str(store), simulated=simulated, software=SOFTWARE)

    store = Store.create(
        settings.store,
        facts=FACTS,
        upcasters=UPCASTERS,
        opened=opened,
        recorded_at=began,
        key_file=settings.store_key,
        vault=settings.vault,
    )
    return App(store, programmes, shipped(), clock or _system_clock, settings.store, partial(_builder, settings))


def share_metrics(folder: str) -> None:
    """Where the workers of one service count together. The library reads it from the environment, once in each."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def _builder(settings: Settings) -> Builder:
    """What another process needs to help to build read models."""
    app = build(settings)
    return Builder(app.store, app.programmes, app.reads.given, app.reads.store)


def _vault_access() -> VaultAccess | None:
    """By a token in a file, which an agent renews, or in the variable that Vault's own tools read."""
    file, token = os.environ.get("ZORGSPOOR_VAULT_TOKEN_FILE"), os.environ.get("VAULT_TOKEN")
    if not (file or token):
        return None
    authorities = os.environ.get("VAULT_CACERT")
    return VaultAccess(
        partial(token_in, Path(file)) if file else partial(str, token), Path(authorities) if authorities else None
    )


def _system_clock() -> datetime:
    return datetime.now(UTC)
