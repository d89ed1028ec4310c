"""Footers: what a Parquet file says of its rows besides their columns, so that they can be read as records again."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import polars as pl

from tieout import model
from tieout.errors import CorruptFile, InputError
from tieout.model import Provenance
from tieout.model.currency import exponent, is_currency
from tieout.tables._folder import FORMAT_VERSION, require_version
from tieout.tables._parts import Flat
from tieout.tables._schema import record_schema

__all__ = ["Footer", "name_of", "record_named"]

_VERSION: Final = "tieout.version"
_RECORD: Final = "tieout.record"
_MONEY: Final = "tieout.money"
_EXPONENTS: Final = "tieout.exponents"
_PROVENANCE: Final = "tieout.provenance"
_ROW: Final = "tieout.row"
_MINOR: Final = "_minor"


def name_of(record: type) -> str:
    """The name by which a record class is written: that of `tieout.model`, or with its module that of one's own."""
    is_public = getattr(model, record.__name__, None) is record
    return record.__name__ if is_public else f"{record.__module__}.{record.__qualname__}"


def record_named(name: str, where: str) -> type:
    """The class of `tieout.model` of that name.

    Raises:
        InputError: There is none: it is a class of one's own.
    """
    found = getattr(model, name, None) if name in model.__all__ else None
    if not isinstance(found, type):
        problem = f"the rows are records of {name}, which is no class of tieout.model"
        raise InputError(problem, where=where, hint="say their class: Table.read_parquet(..., record=...)")
    return found


@attrs.frozen(kw_only=True)
class Footer:
    """What is said.

    Attributes:
        record: Name of the record class.
        money: The column of the currency by each column of minor units; those of lists with their path, `lines.unit_cost_minor`.
        exponents: Decimals of each currency that occurs.
        provenance: Columns that say where a record was read.
        row: The column that numbers the rows, which is none of the record's; None without one.
    """

    record: str
    money: Mapping[str, str]
    exponents: Mapping[str, int]
    provenance: tuple[str, ...]
    row: str | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame, record: type, *, row: str | None = None) -> "Footer":
        """What there is to say of a record's columns."""
        schema = record_schema(record)
        flat = (part for part in schema.parts if isinstance(part, Flat) and part.build is Provenance)
        codes = sorted(code for code in _codes(frame) if is_currency(code))
        return cls(
            record=name_of(record),
            money=dict(_money(schema.dtypes)),
            exponents={code: exponent(code) for code in codes},
            provenance=tuple(column.name for part in flat for column in part.columns),
            row=row,
        )

    def texts(self) -> dict[str, str]:
        """It as texts by key."""
        numbered = {} if self.row is None else {_ROW: self.row}
        return {
            **numbered,
            _VERSION: FORMAT_VERSION,
            _RECORD: self.record,
            _MONEY: json.dumps(self.money),
            _EXPONENTS: json.dumps(self.exponents),
            _PROVENANCE: json.dumps(self.provenance),
        }

    @classmethod
    def read(cls, texts: Mapping[str, str], where: str) -> "Footer | None":
        """What a file says; None of one that another program wrote.

        Raises:
            InputError: A later release wrote it.
            CorruptFile: It does not say what it should.
        """
        if _VERSION not in texts:
            return None
        require_version(texts[_VERSION], where)
        try:
            return cls(
                record=texts[_RECORD],
                money=json.loads(texts[_MONEY]),
                exponents=json.loads(texts[_EXPONENTS]),
                provenance=tuple(json.loads(texts[_PROVENANCE])),
                row=texts.get(_ROW),
            )
        except (KeyError, ValueError) as cause:
            raise CorruptFile("what its footer says of its records cannot be read", where=where) from cause

    def check(self, record: type, where: str) -> None:
        """Hold a record class to it.

        Raises:
            InputError: The rows are of another class, or minor units of a currency are others now.
        """
        if self.record.rpartition(".")[2] != record.__name__:
            raise InputError(f"records of {record.__name__} are needed, the rows are {self.record}", where=where)
        for code, decimals in self.exponents.items():
            found = exponent(code) if is_currency(code) else None
            if found != decimals:
                now = "is no currency now" if found is None else f"has {found} now"
                problem = f"amounts in {code} were written with {decimals} decimals, and {code} {now}"
                raise InputError(problem, where=where, hint="read the sources again")


def _money(dtypes: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, dtype in dtypes.items():
        own = f"{name.removesuffix(_MINOR)}_currency"
        if name.endswith(_MINOR) and (own in dtypes or "currency" in dtypes):
            yield f"{path}{name}", f"{path}{own if own in dtypes else 'currency'}"
        inner = _struct_in(dtype)
        if inner is not None:
            yield from _money(dict(inner), f"{path}{name}.")


def _struct_in(dtype: Any) -> pl.Struct | None:  # noqa: ANN401 - Polars types are classes or their instances
    inner = dtype.inner if isinstance(dtype, pl.List) else None
    return inner if isinstance(inner, pl.Struct) else None


def _codes(frame: pl.DataFrame) -> set[str]:
    """Every currency that occurs, in lists too."""
    found: set[str] = set()
    for name, dtype in frame.schema.items():
        if name == "currency" or name.endswith("_currency"):
            found.update(frame[name].unique().drop_nulls())
        elif _struct_in(dtype) is not None:
            items = frame[name].filter(frame[name].list.len() > 0).explode()
            found |= _codes(items.struct.unnest())
    return found
