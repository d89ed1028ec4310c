"""Inbound: what documents order, announce and bill against what moved in the warehouse (`domain.md` 5.3, C19).

A purchase is its order, its delivery notes, what came in and what was billed; a transfer is what left and came in again; a return
to a supplier, scrap, an assembly and other movements are each held to their own document.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import StockDocument, StockMovement
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.goods import counted
from tieout.reconciliations._common.movements import SIGN, UNDATED, turned, undated
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import Role, Side, local_day
from tieout.reconciliations._common.units import AGREED, SETTLED, WITHIN, Judged, judge, totals_of, with_waits
from tieout.reconciliations._inbound import findings, notes
from tieout.reconciliations._inbound.credits import netted, settled
from tieout.reconciliations._inbound.facts import (
    events_check,
    inbound_events,
    invoice_facts,
    moved_facts,
    unbilled_facts,
)
from tieout.reconciliations._inbound.invoices import APART, cost_of, receipts_of, unbilled
from tieout.reconciliations._inbound.pieces import KEY, compared, gaps_of, valued
from tieout.reconciliations._inbound.shown import lines_shown, pairs_of
from tieout.reconciliations._inbound.taking import (
    DAMAGED,
    DAYS_OF_DOCUMENTS,
    OTHER,
    PURCHASE,
    RETURN,
    TRANSFER,
    lines_of,
    take_documents,
    take_moves,
    with_units,
)
from tieout.tables import FrameLike

__all__ = ["Inbound"]

_KEYS = ("supplier", "document_id", "document_ref")


def _not_negative(_: object, attribute: "attrs.Attribute[int]", value: int) -> None:
    if value < 0:
        raise InputError(f"days are not negative, got {value}", where=attribute.name)


@attrs.frozen(kw_only=True)
class _Compared:
    """What was read off the sides."""

    lines: pl.DataFrame
    bill_lines: pl.DataFrame
    moves: pl.DataFrame
    rows: pl.DataFrame
    gaps: pl.DataFrame
    replaced: pl.DataFrame
    bills: pl.DataFrame
    billed: pl.DataFrame
    returned: pl.DataFrame


@attrs.frozen(kw_only=True)
class Inbound(Settings):
    """Reconcile documents with movements of stock, and with suppliers' invoices.

    Attributes:
        delivered: When ordered goods are late, counted from the day that was promised, for all suppliers or each.
        lead_days: Days from a purchase order's own date on which it is promised, where it promises no day.
        received: When goods are to have moved, counted from the day of their delivery note, or of another document.
        transit: When the goods of a transfer are to come in, counted from the day on which they left.
        invoiced: When goods that came in are to be billed, and what went back is to be credited.
        accrues: Whether what came in and nobody bills is accrued and remembered until it is billed. False for a merchant without
            invoices, who would carry all that ever came.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        findings.MISSING,
        findings.WITHOUT,
        findings.QUANTITY,
        findings.SKU,
        findings.TRANSIT,
        findings.SCRAP,
        findings.PRICE,
        findings.BILLED,
        notes.NOT_BILLED,
        notes.BATCH,
        notes.DATE,
        notes.WAREHOUSE,
        notes.ORDERED,
        notes.PERIOD,
        findings.NO_COST,
        notes.NOT_POSITIVE,
        SIGN,
        UNDATED,
        notes.EMPTY,
        notes.ABSENT,
        notes.CONFLICT,
        notes.NO_PRICE,
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("documents", StockDocument, needed=True),
        Takes("movements", StockMovement, needed=True),
    )
    CLAIMED_FROM: ClassVar[str] = "supplier"
    CLAIM_KEYS: ClassVar[tuple[str, ...]] = ("document_id", "invoice_ids", "sku")

    delivered: DueRules = attrs.field(default=DueRules(DueRule(grace=2, patience=7)), converter=due_rules)
    lead_days: int = attrs.field(default=14, validator=_not_negative)
    received: DueRules = attrs.field(default=DueRules(DueRule(grace=2, patience=5)), converter=due_rules)
    transit: DueRules = attrs.field(default=DueRules(DueRule(grace=7, patience=7)), converter=due_rules)
    invoiced: DueRules = attrs.field(default=DueRules(DueRule(after=30, patience=30)), converter=due_rules)
    accrues: bool = True

    def run(self, *, documents: FrameLike, movements: FrameLike, opening: CarryForward | None = None) -> Outcome:
        """Reconcile.

        Args:
            documents: Purchase orders, delivery notes, suppliers' invoices and the other documents of stock, with their lines.
            movements: Movements of stock, signed: in is positive. Those of sales, returns of buyers and counts are set aside.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per document and article. Impacts are the cost of what moved less that of what the
            documents say, and what was billed less what came in at the price of the order.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        papers, invoices = take_documents(documents, opening)
        moves = take_moves(movements, opening, self.timezone)
        papers, invoices, moves = with_units(papers, invoices, moves)
        day = local_day("occurred_at", self.timezone)
        moves = moves.with_columns(day.alias("on"), pl.col("sku").alias("article"))
        papers, invoices = (
            side.with_columns(pl.coalesce(DAYS_OF_DOCUMENTS).alias("on")) for side in (papers, invoices)
        )
        compared_ = _compared(papers, invoices, moves)
        return self._reconciled(_weighed(papers, invoices, moves, compared_), compared_)

    def _reconciled(self, given: tuple[Side, ...], compared_: _Compared) -> Outcome:
        as_of = concluding.last_day(self, given)
        sides = concluding.without_other_periods(given, self.period)
        papers, moves, invoices, _ = sides
        named = findings.naming(*(_naming_rows(side) for side in (papers, invoices, moves)))
        gaps = self._stated(compared_, named, as_of)
        bills = self._billed(compared_, gaps, named, as_of)
        units = named_units(totals_of(sides), sides, _KEYS)
        allowed = self.tolerances.allowed_expr("line", pl.col("expected_minor"), currency=pl.col("currency"))
        units = with_waits(units, _waiting(gaps, bills)).with_columns(allowed.fill_null(0).alias("allowed_minor"))
        codes = compared_.rows.select("unit", pl.col("code").alias("currency")).unique(
            "unit", keep="first", maintain_order=True
        )
        named = named.join(codes, on="unit", how="left", maintain_order="left")
        said = self._findings(sides, compared_, gaps, bills, named, as_of)
        tied = notes.contradicted([_of_period(side, self.period) for side in (papers, invoices)])
        said = pl.concat([said.filter(pl.col("unit").is_in(units["unit"].implode())), tied])
        judged = judge(sides, units, said, remainder=findings.QUANTITY, keys=_KEYS, off=self.switched_off)
        facts = _facts(invoices, moves, compared_, named, self)
        events = inbound_events(facts, self.period)
        outcome = concluding.conclude(
            "inbound",
            self,
            judged,
            as_of=as_of,
            pairs=pairs_of(papers, moves),
            keys=_KEYS,
            parameters={
                "ordered goods are to come": str(self.delivered),
                "days from an order to its delivery": str(self.lead_days),
                "announced goods are to move": str(self.received),
                "transfers are to arrive": str(self.transit),
                "goods are to be billed": str(self.invoiced),
                **({} if self.accrues else {"goods that nobody bills": "neither accrued nor remembered"}),
            },
            events=events,
            lines=lines_shown(compared_.rows, compared_.replaced, gaps, bills, named, units),
            carried=concluding.carried_sides(self, _remembered(judged, compared_, self), as_of, done=(OTHER,)),
        )
        checks = [*outcome.proof.checks, *events_check(events, facts, self.period)]
        return attrs.evolve(outcome, proof=Proof(checks))

    def _stated(self, compared_: _Compared, named: pl.DataFrame, as_of: date) -> pl.DataFrame:
        """Gaps with `state` and `due_on`, where goods may still move."""
        last = (
            compared_.moves.filter(pl.col("type") == "transfer_out")
            .group_by("unit")
            .agg(pl.col("on").max().alias("left_on"))
        )
        rows = compared_.gaps.join(last, on="unit", how="left", maintain_order="left").join(
            named.select("unit", pl.col("supplier").alias("source")), on="unit", how="left", maintain_order="left"
        )
        ordered = pl.col("issued_on").dt.offset_by(f"{self.lead_days}d")
        promised = pl.coalesce(
            "expected_on", pl.when(pl.col("family") == PURCHASE).then(ordered).otherwise("issued_on")
        )
        transfer = pl.col("family") == TRANSFER
        what, source = pl.col("what"), pl.col("source")
        state, due_on = (
            pl.when(what == "lost")
            .then(getattr(self.received, name)(pl.col("noted_on"), source, *more))
            .when(what == "undelivered")
            .then(getattr(self.delivered, name)(promised, source, *more))
            .when((what == "short") & transfer)
            .then(getattr(self.transit, name)(pl.col("left_on"), source, *more))
            .when(what == "short")
            .then(getattr(self.received, name)(promised, source, *more))
            for name, more in (("state_expr", (as_of,)), ("due_expr", ()))
        )
        return rows.with_columns(state.alias("state"), due_on.alias("due_on")).drop("left_on", "source")

    def _billed(self, compared_: _Compared, gaps: pl.DataFrame, named: pl.DataFrame, as_of: date) -> pl.DataFrame:
        """What was billed, with the parts of the difference, and `state` and `due_on` of what may still come or be billed."""
        amounts = compared_.billed.group_by(*KEY).agg(pl.col("minor").sum().alias("amount_minor"))
        coming = (
            gaps.filter(pl.col("what").is_in(["lost", "undelivered"]))
            .sort(*KEY, "due_on")
            .unique(list(KEY), keep="first", maintain_order=True)
            .select(*KEY, pl.col("state").alias("coming"), pl.col("due_on").alias("coming_on"))
        )
        came = (
            compared_.moves.filter(pl.col("family") == PURCHASE).group_by(*KEY).agg(pl.col("on").max().alias("came_on"))
        )
        rows = compared_.bills
        for part in (amounts, coming, came):
            rows = rows.join(part, on=list(KEY), how="left", maintain_order="left")
        rows = rows.join(
            named.select("unit", pl.col("supplier").alias("source")), on="unit", how="left", maintain_order="left"
        )
        more, fewer = pl.col("billed") > pl.col("received"), pl.col("billed") < pl.col("received")
        has_money = pl.col("code").is_not_null()
        at_cost, cost_received = (
            pl.when(has_money).then(worth).otherwise(0)
            for worth in (pl.col("agreed_minor"), cost_of(pl.col("received")))
        )
        amount = pl.col("amount_minor").fill_null(0)
        start, source = pl.col("came_on"), pl.col("source")
        allowed = self.tolerances.allowed_expr("line", at_cost, currency=pl.col("code"))
        is_back = more & (pl.col("billed") - pl.col("received") <= -pl.col("back"))
        return rows.with_columns(
            amount.alias("amount_minor"),
            at_cost.alias("agreed_minor"),
            (at_cost - cost_received).alias("quantity_minor"),
            (amount - at_cost).alias("price_minor"),
            allowed.fill_null(0).alias("allowed"),
            *(
                pl.when(is_back)
                .then(getattr(self.invoiced, name)(pl.col("back_on"), source, *on))
                .when(more)
                .then(coming)
                .when(fewer)
                .then(getattr(self.invoiced, name)(start, source, *on))
                .alias(said)
                for name, on, coming, said in (
                    ("state_expr", (as_of,), "coming", "state"),
                    ("due_expr", (), "coming_on", "due_on"),
                )
            ),
        ).pipe(netted)

    def _findings(
        self,
        sides: Sequence[Side],
        compared_: _Compared,
        gaps: pl.DataFrame,
        bills: pl.DataFrame,
        named: pl.DataFrame,
        as_of: date,
    ) -> pl.DataFrame:
        papers, moves, invoices, _ = sides
        docs, billing, moved = papers.compared, invoices.compared, moves.compared
        moved = moved.with_columns(pl.col("pieces").alias("parts"))
        opposite = gaps.filter(pl.col("side") * pl.col("good") < 0).select(*KEY).unique()
        negative = (
            moved.join(opposite, on=list(KEY))
            .filter(_is_turned())
            .with_columns(pl.col("parts").alias("quantity_parts"))
        )
        return pl.concat(
            [
                findings.of_pieces(gaps, named),
                findings.of_skus(compared_.replaced, compared_.rows, named),
                findings.of_bills(bills, named),
                findings.without_cost(gaps, named),
                notes.batches(compared_.lines, moved, named),
                notes.days(_days(compared_.rows), moved, named, self.delivered),
                notes.warehouses(docs, moved, named),
                notes.of_transfers(compared_.rows, named, self.received, as_of),
                notes.months(docs, moved, named),
                *(
                    [notes.never_billed(_never_billed(compared_), moved, named, self.invoiced, as_of)]
                    if self.accrues
                    else []
                ),
                notes.lines_aside(docs, "documents"),
                notes.lines_aside(billing, "invoices"),
                notes.absent([docs, billing]),
                undated(moved, ["document_ref"]),
                turned(negative),
            ]
        )


def _of_period(side: Side, period: Period | None) -> pl.DataFrame:
    return side.frame.filter(concluding.of_period_expr(period))


def _is_turned() -> pl.Expr:
    return (pl.col("type").str.ends_with("_out") & (pl.col("parts") > 0)) | (
        pl.col("type").str.ends_with("_in") & (pl.col("parts") < 0)
    )


def _days(rows: pl.DataFrame) -> pl.DataFrame:
    """The day from which each unit's goods may move, and by which they are to."""
    purchase = pl.col("family") == PURCHASE
    first = rows.unique("unit", keep="first", maintain_order=True)
    begun = pl.when(purchase).then(pl.coalesce("issued_on", "noted_on")).otherwise("issued_on")
    return first.select("unit", begun.alias("issued_on"), "expected_on")


def _compared(papers: Side, invoices: Side, moves: Side) -> _Compared:
    counts = pl.col("reason").is_null()
    lines = lines_of(papers)
    moved = moves.frame.filter(counts | (pl.col("reason") == DAMAGED))
    rows = valued(compared(lines, moved))
    gaps, replaced = gaps_of(rows)
    returned = moved.filter(counts & (pl.col("family") == RETURN) & pl.col("purchase").is_not_null())
    returned = returned.with_columns(pl.col("purchase").alias("unit"), pl.col("sku").alias("article"))
    bill_lines, bills, of_lines = settled(lines_of(invoices), rows, lines, returned)
    return _Compared(
        lines=lines,
        bill_lines=bill_lines,
        moves=moved.filter(counts),
        rows=rows,
        gaps=gaps,
        replaced=replaced,
        bills=bills,
        billed=of_lines,
        returned=returned,
    )


def _weighed(papers: Side, invoices: Side, moves: Side, compared_: _Compared) -> tuple[Side, Side, Side, Side]:
    """Documents, movements, invoices, and what came in of what was billed, with pieces and money."""
    rows = compared_.rows
    costs = rows.select(*KEY, "cost_minor", "code")
    codes = rows.select("unit", "code").unique("unit", keep="first", maintain_order=True)
    owners = _owners(compared_.lines)
    asked = rows.join(owners, on=list(KEY)).select(
        "row", pl.col("expected").alias("parts"), value_expr(pl.col("expected"), pl.col("cost_minor")).alias("minor")
    )
    moved = compared_.moves.join(costs, on=list(KEY)).sort(*KEY, "on", "movement_id", "warehouse", "parts", "row")
    end = pl.col("parts").cum_sum().over(KEY)
    until, before = (value_expr(parts, pl.col("cost_minor")) for parts in (end, end - pl.col("parts")))
    out = moved.select("row", "parts", (until - before).alias("minor"))
    bill_codes = compared_.bills.select("unit", "code").unique("unit", keep="first", maintain_order=True)
    bills = compared_.billed.select("row", "parts", "minor")
    code, on = pl.col("code"), pl.col("on")
    weighed = []
    for side, sums, its in ((papers, asked, codes), (invoices, bills, bill_codes), (moves, out, codes)):
        frame = side.frame.drop("parts", strict=False).join(its, on="unit", how="left", maintain_order="left")
        totals = sums.group_by("row").agg(pl.col("parts", "minor").sum())
        weighed.append(counted(side.with_frame(frame), totals, on=on, currency=code))
    apart = weighed[1].with_columns((pl.col("unit") + APART).alias("unit"))
    papers, moves = weighed[0], weighed[2]
    receipts = _receipts(moves, compared_)
    return _with_kin(papers), _with_kin(moves), _with_kin(apart), _with_kin(receipts)


def _with_kin(side: Side) -> Side:
    """What was billed is forgotten together with what came in and what went back of it."""
    return side.with_columns(pl.coalesce("purchase", pl.col("unit") % APART).alias("kin"))


def _owners(lines: pl.DataFrame) -> pl.DataFrame:
    """The document of each unit and article that bears what is to move: the first order, else the first delivery note."""
    ranked = lines.filter(pl.col("sku").is_not_null() & (pl.col("family") != TRANSFER)).with_columns(
        pl.col("sku").alias("article"), (pl.col("kind") == "delivery_note").alias("later")
    )
    return ranked.sort(*KEY, "later", "row").unique(list(KEY), keep="first", maintain_order=True).select(*KEY, "row")


def _receipts(moves: Side, compared_: _Compared) -> Side:
    """What came in of what suppliers billed, at the price of the order: made of movements, so not carried on by itself."""
    came = compared_.moves.filter(pl.col("family") == PURCHASE)
    every = pl.concat([came.with_columns(pl.col("sku").alias("article")), compared_.returned], how="diagonal")
    rows = receipts_of(every, compared_.bills).rename({"row": "move_row"}).with_row_index("row")
    frame = rows.with_columns(
        pl.col("row").cast(pl.Int64),
        (pl.col("unit") + APART).alias("unit"),
        pl.lit(value=True).alias("is_derived"),
    )
    totals = frame.select("row", "parts", "minor")
    side = attrs.evolve(
        moves, name="receipts", role=Role.EXPECTED, frame=frame.drop("parts", "minor"), given=frame.height, carried=0
    )
    return counted(side, totals, on=pl.col("on"), currency=pl.col("code"))


def _open(compared_: _Compared) -> pl.DataFrame:
    return unbilled(compared_.rows, compared_.bill_lines, compared_.lines)


def _never_billed(compared_: _Compared) -> pl.DataFrame:
    """What came in of documents of which no invoice bills anything, in books of which there are invoices."""
    books = compared_.bill_lines.select(pl.col("book_id").fill_null("")).unique()
    there = compared_.rows.filter("has_document").select("unit").unique()
    of_books = compared_.moves.select("unit", pl.col("book_id").fill_null("")).unique().join(books, on="book_id")
    open_ = _open(compared_).join(compared_.bill_lines, on="unit", how="anti")
    return open_.join(there, on="unit", how="semi").join(of_books, on="unit", how="semi")


def _remembered(judged: Judged, compared_: _Compared, settings: Inbound) -> Judged:
    """Units as they are remembered: what came in and is not billed is open however long it was, for an invoice may come late."""
    if not settings.accrues:
        return judged
    open_ = _open(compared_)["unit"].unique().implode()
    is_open = pl.col("verdict").is_in([AGREED, WITHIN, SETTLED]) & pl.col("unit").is_in(open_)
    verdict = pl.when(is_open).then(pl.lit("not billed")).otherwise("verdict").alias("verdict")
    return attrs.evolve(judged, sides=tuple(side.with_columns(verdict) for side in judged.sides))


def _waiting(gaps: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """What units wait for: `unit`, `state`, `due_on`, `minor`, `parts`."""
    columns = ("unit", "state", "due_on", "minor", "parts")
    goods = gaps.filter(pl.col("state").is_not_null()).select(columns)
    money = bills.filter(pl.col("state").is_not_null()).select(
        pl.col("unit") + APART,
        "state",
        "due_on",
        pl.col("quantity_minor").alias("minor"),
        (pl.col("billed") - pl.col("received")).alias("parts"),
    )
    return pl.concat([goods, money])


def _naming_rows(side: Side) -> pl.DataFrame:
    """Rows that count, by the unit of their goods."""
    rows = side.frame.filter(pl.col("reason").is_null() | (pl.col("reason") == DAMAGED))
    return rows.with_columns(pl.col("unit") % APART)


def _facts(invoices: Side, moves: Side, compared_: _Compared, named: pl.DataFrame, settings: Inbound) -> pl.DataFrame:
    accrued_in = settings.period if settings.accrues else None
    billing = invoices.frame.filter(pl.col("reason").is_null())
    dated = compared_.bill_lines.join(billing.select("row", "on"), on="row")
    moved = moves.frame.filter(pl.col("reason").is_null()).with_columns(pl.col("pieces").alias("parts"))
    return pl.concat(
        [
            invoice_facts(compared_.billed, billing),
            unbilled_facts(
                compared_.rows,
                dated,
                compared_.lines,
                moved,
                named,
                accrued_in,
            ),
            moved_facts(moved, compared_.rows),
        ]
    )
