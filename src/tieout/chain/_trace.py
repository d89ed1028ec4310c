"""Trace: the whole story of one number, for a person with a complaint in hand."""

import attrs
import polars as pl

from tieout._notebook import items, table, view
from tieout.model import Discrepancy
from tieout.outcome import amount_text_expr
from tieout.tables import Table

__all__ = ["Trace"]

_TITLED_MAX = 3  # orders that a title names
_SHOWN = (
    "time",
    "kind",
    "event",
    "id",
    "what",
    "amount",
    "share",
    "due",
    "settled",
    "banked",
    "discrepancies",
    "source",
)
_RIGHT = frozenset({"amount", "share", "due", "settled", "banked"})


@attrs.frozen(kw_only=True, eq=False)
class Trace:
    """What happened to one thing.

    Attributes:
        identifier: The number that was asked for.
        kind: The kind of thing that has it.
        timeline: One row per step, in the order of time: `at` (null where only the day is known), `on`, `kind`, `event`, `id`,
            `what` (its type and status), `minor` and `currency` (what the record says, signed as the merchant gains by it; a
            payout leaves the platform and is negative), `share` (what of it belongs to the traced orders, of money that is paid
            for many), and what is there after the step: `due_minor` (to be settled), `settled_minor` (settled and not paid out),
            `banked_minor`; `movement` (steps of one number show one movement of money), `discrepancies` (their types), `source`.
        movements: One row per movement of money, with every bill that shows it in `sightings`.
        discrepancies: What does not agree about it.
        orders: The rows of the chain's orders that it concerns.
        evidence: Every record behind it: which reconciliation saw it, with what verdict, and where it stands.
    """

    identifier: str
    kind: str
    timeline: pl.DataFrame = attrs.field(repr=False)
    movements: pl.DataFrame = attrs.field(repr=False)
    discrepancies: Table[Discrepancy] = attrs.field(repr=False)
    orders: pl.DataFrame = attrs.field(repr=False)
    evidence: pl.DataFrame = attrs.field(repr=False)

    def __len__(self) -> int:
        return self.timeline.height

    @property
    def title(self) -> str:
        """What it is about, with the state of its orders."""
        states = "; ".join(
            f"order {number}: {status}"
            for number, status in self.orders.select("platform_order_id", "status").rows()[:_TITLED_MAX]
        )
        others = self.orders.height - _TITLED_MAX
        more = f" and {others:,} more" if others > 0 else ""
        return f"{self.kind} {self.identifier}" + (f" ({states}{more})" if states else "")

    def __str__(self) -> str:
        rows = self._texts()
        widths = [max(len(name), *(len(row[place]) for row in rows), 0) for place, name in enumerate(_SHOWN)]
        lines = [self.title]
        for row in (_SHOWN, *rows):
            cells = (
                cell.rjust(width) if name in _RIGHT else cell.ljust(width)
                for name, cell, width in zip(_SHOWN, row, widths, strict=True)
            )
            lines.append("  ".join(cells).rstrip())
        return "\n".join([*lines, *(f"- {one}" for one in self._reasons())])

    def _repr_html_(self) -> str:
        figures = [at for at, name in enumerate(_SHOWN) if name in _RIGHT]
        return view(self.title, table(_SHOWN, self._texts(), figures=figures), items(self._reasons()))

    def _reasons(self) -> list[str]:
        found = self.discrepancies.to_polars()
        return [f"{kind}: {reason or '-'}" for kind, reason in found.select("type", "reason").rows()]

    def _texts(self) -> list[tuple[str, ...]]:
        """The timeline as text, a row each."""
        codes = self.timeline["currency"].drop_nulls().unique().sort().to_list()
        code = pl.col("currency")
        figures = [
            amount_text_expr(pl.col(column), code, codes).fill_null("").alias(name)
            for column, name in (
                ("share", "share"),
                ("due_minor", "due"),
                ("settled_minor", "settled"),
                ("banked_minor", "banked"),
            )
        ]
        amount = pl.concat_str([amount_text_expr(pl.col("minor"), code, codes), code], separator=" ").fill_null("")
        time = pl.coalesce(pl.col("at").dt.strftime("%Y-%m-%d %H:%M"), pl.col("on").dt.strftime("%Y-%m-%d")).fill_null(
            "-"
        )
        shown = self.timeline.select(
            time.alias("time"), "kind", "event",
            *(pl.col(name).fill_null("").alias(name) for name in ("id", "what")),
            amount.alias("amount"), *figures,
            pl.col("discrepancies").list.join(", ").fill_null("").alias("discrepancies"),
            pl.col("source").fill_null(""),
        )  # fmt: skip
        return shown.select(_SHOWN).rows()
