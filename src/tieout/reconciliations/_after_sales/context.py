"""What all findings of after-sales look at: sides with units, facts, rules, and the place of every record behind a finding."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import attrs
import polars as pl

from tieout.reconciliations._after_sales.facts import Facts
from tieout.reconciliations._after_sales.pairing import Paired
from tieout.reconciliations._after_sales.taking import Books
from tieout.reconciliations._common.due import DueRules
from tieout.reconciliations._common.findings import findings_of, no_findings
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import Side

__all__ = ["CASE", "OVERDUE", "REFUND", "Columns", "Context", "Rules"]

Columns = list[str | pl.Expr]
"""Keys or evidence of findings."""

OVERDUE: Final = ("late", "missing")
CASE: Final = ("platform", "shop_id", "platform_order_id", "return_id")
REFUND: Final = (*CASE, "refund_id")
_PLACES: Final = {
    "order_record": "key",
    "case_record": "case_row",
    "refund_record": "refund_row",
    "paid_record": "unit",
}
"""Evidence of every finding (`domain.md` C69), and the column of a finding that leads to it."""
_SHOWN_MAX: Final = 5
_NOTHING: Final = no_findings()


@attrs.frozen(kw_only=True)
class Rules:
    """What decides findings, as `AfterSales` has it.

    Attributes:
        arrival: When a refund that succeeded is on a bill.
        agreed: When a refund that was agreed succeeds.
        booked: When the books have it.
        received: When goods that came back are refunded.
        goods_back: When the goods of a refund are back.
        sent: When an exchange or what is sent again leaves.
        repaired: When a repaired article leaves.
        commission: When a commission is given back.
        policy_days: Days in which a buyer may apply, by row of the matrix.
        checklist: What has to be on file, by row.
        statuses: Stages of cases, by platform.
        commission_back: Platforms that give the commission back with a refund.
    """

    arrival: DueRules
    agreed: DueRules
    booked: DueRules
    received: DueRules
    goods_back: DueRules
    sent: DueRules
    repaired: DueRules
    commission: DueRules
    policy_days: Mapping[str, int]
    checklist: Mapping[str, Sequence[str]]
    statuses: Mapping[str, Mapping[str, str]]
    commission_back: Sequence[str]


@attrs.frozen(kw_only=True)
class Context:
    """What findings look at.

    Attributes:
        books: The sides, those that are compared with `unit`.
        booked: The refunds that the books are to hold.
        facts: Refunds and cases, with `unit`.
        parcels: Parcels by order.
        paired: The pairs.
        units: Units with `subject`, `state` and what the tolerance allows.
        rules: What decides.
        period: Days that the run is for; None for all.
        as_of: Day of the run.
        timezone: Zone in which days count.
    """

    books: Books
    booked: Side
    facts: Facts
    parcels: pl.DataFrame = attrs.field(repr=False)
    paired: Paired = attrs.field(repr=False)
    units: pl.DataFrame = attrs.field(repr=False)
    rules: Rules
    period: Period | None
    as_of: date
    timezone: str
    _texts: Mapping[str, pl.DataFrame] = attrs.field(init=False, repr=False)

    @_texts.default
    def _places(self) -> dict[str, pl.DataFrame]:
        orders = self.books.orders.frame.filter(pl.col("reason").is_null())
        paid = [side.compared for side in (self.books.transactions, self.books.lines, self.books.erp_refunds)]
        return {
            "order_record": _said(orders, "key"),
            "case_record": _said(self.facts.cases, "row").rename({"row": "case_row"}),
            "refund_record": _said(self.facts.refunds, "row").rename({"row": "refund_row"}),
            "paid_record": _said(pl.concat([rows.select("unit", *_SOURCE) for rows in paid]), "unit"),
        }

    @property
    def has_goods(self) -> bool:
        """Whether anything says what left and what came back."""
        return bool({"shipments", "movements"} & self.books.has)

    def said(
        self,
        rows: pl.DataFrame,
        kind: str | pl.Expr,
        *,
        keys: Sequence[str | pl.Expr],
        evidence: Sequence[str | pl.Expr] = (),
        diffs: Sequence[str | pl.Expr] = (),
        impact: pl.Expr | None = None,
        note: bool = False,
    ) -> pl.DataFrame:
        """Findings as `findings_of` makes them, each with the places of the records behind it."""
        if not rows.height:
            return _NOTHING
        for name, column in _PLACES.items():
            absent = [] if column in rows.columns else [pl.lit(None, dtype=pl.Int64).alias(column)]
            rows = rows.with_columns(absent).join(self._texts[name].rename({"text": name}), on=column, how="left")
        return findings_of(rows, kind, keys=keys, evidence=[*evidence, *_PLACES], diffs=diffs, impact=impact, note=note)

    def overdue(self, rows: pl.DataFrame, rules: DueRules, start: str, source: str = "platform") -> pl.DataFrame:
        """Rows whose day is long past, with `state` and `due_on`; a row without a day waits for nothing.

        Args:
            rows: Rows with the two columns.
            rules: When what they wait for is due.
            start: Column of the day that it counts from.
            source: Column that says whose rule applies.
        """
        state = rules.state_expr(pl.col(start), pl.col(source), self.as_of)
        due = rules.due_expr(pl.col(start), pl.col(source))
        stated = rows.with_columns(state.alias("state"), due.alias("due_on"), state.alias("factor"))
        return stated.filter(pl.col(start).is_not_null() & pl.col("state").is_in(OVERDUE))


_SOURCE: Final = ("source_file", "source_sheet", "source_line", "source_sha256")


def _said(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """Where records stand, as a person would point at it, with the hash of the file: `by` and `text`."""
    sheet = pl.concat_str([pl.lit("["), pl.col("source_sheet"), pl.lit("]")])
    line = pl.concat_str([pl.lit(":"), pl.col("source_line").cast(pl.String)])
    digest = pl.concat_str([pl.lit(" sha256 "), pl.col("source_sha256")])
    text = pl.concat_str([pl.col("source_file"), sheet.fill_null(""), line.fill_null(""), digest.fill_null("")])
    known = rows.select(by, text.alias("text")).drop_nulls().unique().sort(by, "text")
    return known.group_by(by, maintain_order=True).agg(pl.col("text").head(_SHOWN_MAX).str.join("; "))
