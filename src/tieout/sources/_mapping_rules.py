"""Rules of mappings: what a line of an unknown table says by several of its cells.

Signs of cash (two columns, a column with a direction, the other side's point of view), types by words, several amounts on a
line, balances and nets to check: what leaves declare by hooks, said as data. `_mapping` reads the words of a person, this module
does what they mean.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Final

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.proof import Check
from tieout.sources._balances import balance_checks
from tieout.sources._cash import GAIN, LOSS
from tieout.sources._line_types import ByWords, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._totals import tie_lines

__all__ = ["BALANCE", "NET", "TYPE_WORDS", "WRITTEN", "Balance", "MappingRules", "SignRule", "type_words"]

BALANCE, NET, TYPE_WORDS = "_balance", "_net", "_type_words"
"""Columns of a mapping that are checked, or typed, and fill no field themselves."""
_MOVED: Final = "_moved_minor"
WRITTEN: Final = ("plain", "signed", "either")
"""How figures beside a direction are written: a minus takes back, figures are signed already, or a minus means nothing."""


@attrs.frozen(kw_only=True)
class SignRule:
    """How the signed amount of a field follows from the cells of a line.

    Attributes:
        field: The field, such as `amount`.
        by_direction: Whether one column holds the figure and another the direction; else gains and losses have a column each.
        inverse: Whether the file speaks for the other side, such as the bank or the card, whose gain is the merchant's loss.
        written: A word of `WRITTEN`; None to tell it from the figures, which refuses those that could mean two things.
    """

    field: str
    by_direction: bool
    inverse: bool = False
    written: str | None = None

    @property
    def names(self) -> tuple[str, str]:
        """Where the two columns go: gains and losses, or figure and direction."""
        kinds = ("_written_", "_direction_") if self.by_direction else ("_gain_", "_loss_")
        return f"{kinds[0]}{self.field}", f"{kinds[1]}{self.field}"

    def derived(self, values: pl.DataFrame) -> pl.DataFrame:
        """The parsed columns with the signed amount.

        Raises:
            InputError: Figures could mean two things, and nobody says which.
        """
        first, second = self.names
        gain: pl.Expr
        loss: pl.Expr
        if self.by_direction:
            figure, way = pl.col(f"{first}_minor"), pl.col(second)
            gain, loss = pl.when(way == GAIN).then(figure), pl.when(way == LOSS).then(figure)
        else:
            gain, loss = pl.col(f"{first}_minor"), pl.col(f"{second}_minor")
        written = self.written or self._told(values, gain, loss)
        if written == "either":
            gain, loss = gain.abs(), -loss.abs()
        elif written == "plain":
            loss = -loss
        amount = pl.when(gain.is_not_null() | loss.is_not_null()).then(gain.fill_null(0) + loss.fill_null(0))
        return values.with_columns((-amount if self.inverse else amount).alias(f"{self.field}_minor"))

    def _told(self, values: pl.DataFrame, gain: pl.Expr, loss: pl.Expr) -> str:
        taken_back, minus, plain = values.select(
            (gain < 0).any().alias("taken_back"), (loss < 0).any().alias("minus"), (loss > 0).any().alias("plain")
        ).row(0)
        if taken_back or (minus and plain):
            what = "gains stand with a minus" if taken_back else "losses stand with a minus and without"
            raise InputError(
                f"{what}, which can mean two things",
                where=f"columns.{self.field}",
                hint="say written = 'plain' where a minus takes back, 'signed' where figures are signed already, "
                "'either' where a minus means nothing",
            )
        return "signed" if minus else "plain"


@attrs.frozen(kw_only=True)
class Balance:
    """The check of a running balance.

    Attributes:
        column: Column of the balance after a line, in minor units.
        chain: Column that tells chains of balances apart, such as the account; None for one chain, or one a currency.
    """

    column: str
    chain: str | None = None

    def checks(self, reading: Reading) -> Iterator[Check]:
        """Checks that balances follow from line to line."""
        if reading.currency is not None:
            yield from balance_checks(reading, balance=self.column, amount=_MOVED, group=self.chain)
        elif self.chain in {None, "currency"} and "currency" in reading.values.columns and reading.data.height:
            yield from balance_checks(reading, balance=self.column, amount=_MOVED, group="currency")
        elif reading.data.height:
            raise InputError(
                "balances in several currencies are told apart by the currency alone", where="check_balance"
            )


@attrs.frozen(kw_only=True)
class MappingRules:
    """All rules of a mapping, as the hooks of a `TableFormat`.

    Attributes:
        signs: Rules of signed amounts.
        types: Patterns and types of lines; None where the mapping has none.
        parts: Columns of parts of the amount, in minor units.
        parts_included: Whether the line's own amount holds them.
        balance: The running balance to check.
        has_net: Whether a column must be the sum of the line.
        describes: Whether the words of the type are the description too.
    """

    signs: Sequence[SignRule] = ()
    types: ByWords | None = None
    parts: Sequence[str] = ()
    parts_included: bool = False
    balance: Balance | None = None
    has_net: bool = False
    describes: bool = False

    @property
    def fields(self) -> list[str]:
        """Columns of the record's table that the rules fill."""
        typed = [] if self.types is None else ["type", *(["description"] if self.describes else [])]
        return [*(f"{rule.field}_minor" for rule in self.signs), *typed]

    @property
    def by_line(self) -> bool:
        """Whether no line needs another: only how signs are written may have to be told from all figures."""
        return all(rule.written is not None for rule in self.signs)

    @property
    def checked(self) -> tuple[str, ...]:
        """Columns that the checks read; none without checks."""
        columns = [f"{NET}_minor", _MOVED] if self.has_net else []
        if self.balance is not None:
            columns += [self.balance.column, self.balance.chain or _MOVED, _MOVED]
        return tuple(dict.fromkeys(columns))

    @property
    def derive(self) -> Callable[[pl.DataFrame], pl.DataFrame] | None:
        """The hook that adds columns, if any are needed."""
        return self._derived if self.fields or self.balance is not None or self.has_net else None

    @property
    def shape(self) -> Callable[[pl.DataFrame, Reading], pl.DataFrame] | None:
        """The hook that notes words of no known type, if words are typed."""
        return None if self.types is None else self._noted

    def _derived(self, values: pl.DataFrame) -> pl.DataFrame:
        values = reduce(lambda frame, rule: rule.derived(frame), self.signs, values)
        if self.types is not None:
            words = pl.col(TYPE_WORDS)
            types = line_type_expr(words, self.types, amount=pl.col("amount_minor"))
            values = values.with_columns(types.alias("type"))
            values = values.with_columns(words.alias("description")) if self.describes else values
        return values.with_columns(self._moved(values.columns).alias(_MOVED))

    def _moved(self, columns: Iterable[str]) -> pl.Expr:
        """What a line moved in all, in minor units."""
        there = set(columns)
        if "net_minor" in there:
            return pl.col("net_minor")
        own = ["amount_minor", "fee_minor"] if self.parts_included else ["amount_minor", "fee_minor", *self.parts]
        return pl.sum_horizontal(*(pl.col(name).fill_null(0) for name in own if name in there), pl.lit(0))

    def _noted(self, frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
        note_unknown(reading, frame, TYPE_WORDS)
        return frame

    def checks(self, reading: Reading) -> Iterator[Check]:
        """Checks of the balance and of the net, and what was found while rows were put together."""
        yield from reading.checks
        if self.balance is not None and self.balance.column in reading.values.columns:
            yield from self.balance.checks(reading)
        if self.has_net:
            yield tie_lines(reading, "amounts make the net", total=f"{NET}_minor", plus=[_MOVED])


def type_words(types: Mapping[str, str | Sequence[str]]) -> ByWords:
    """Patterns and types as a file says them: one type, or a list of that of gains and that of losses."""
    return {pattern: meant if isinstance(meant, str) else (meant[0], meant[1]) for pattern, meant in types.items()}
