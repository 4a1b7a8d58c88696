"""The tables of read models. A generation has tables of its own, so that a new one can be built beside it."""

from functools import cached_property

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text

from projections.models import OF_CHILD, OF_FACT
from projections.readmodel import OfChild, OfFact, ReadModel


class Tables:
    """The tables of one generation, by the name of the read model."""

    def __init__(self, schema: str | None, number: int) -> None:
        self.metadata = MetaData(schema=schema)
        self.number = number
        models: tuple[ReadModel, ...] = (*OF_CHILD, *OF_FACT)
        self.of = {model.name: self._table(model) for model in models}

    @property
    def gate(self) -> Table:
        """The one that whoever reads takes hold of first, and that goes first when all go."""
        return next(iter(self.of.values()))

    def __getitem__(self, model: ReadModel) -> Table:
        return self.of[model.name]

    def _table(self, model: ReadModel) -> Table:
        name = f"{model.name}_{self.number}"
        table = Table(name, self.metadata, *_keys(model), *_values(model), sqlite_with_rowid=isinstance(model, OfChild))
        for number, columns in enumerate(model.indexes):
            Index(f"{name}_{number}", *(table.c[column] for column in columns))
        return table


def _keys(model: ReadModel) -> list[Column[object]]:
    if isinstance(model, OfFact):
        return [_number("position", key=True), _number("key", key=True)]
    row: list[Column[object]] = [Column("stream", LargeBinary(16), primary_key=True), _number("key", key=True)]
    return [*row, _number("since_position", key=True), _number("until_position")] if model.kept else row


def _number(name: str, *, key: bool = False) -> Column[object]:
    return Column(name, BigInteger, primary_key=key, nullable=False, autoincrement=False)


def _values(model: ReadModel) -> list[Column[object]]:
    values = [Column(name, kind, nullable=False) for name, kind in model.columns.items()]
    return [*values, Column("body", LargeBinary)] if isinstance(model, OfChild) else values


class Generations:
    """Which generations there are, how far each is, and which one is read."""

    def __init__(self, schema: str | None) -> None:
        self.metadata = MetaData(schema=schema)
        self._schema = schema
        self._tables = dict[int, Tables]()

    @cached_property
    def table(self) -> Table:
        """`mark`: the fact at the position; the log may have been put back to an older one.

        No number is given twice: who builds what was given up meanwhile finds no tables, and never those of another.
        """
        return Table(
            "generation",
            self.metadata,
            Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
            Column("fingerprint", Text, nullable=False),
            Column("position", BigInteger, nullable=False),
            Column("mark", Text, nullable=False),
            Column("live", Boolean, nullable=False),
            sqlite_autoincrement=True,
        )

    def tables(self, number: int) -> Tables:
        if number not in self._tables:
            self._tables[number] = Tables(self._schema, number)
        return self._tables[number]
