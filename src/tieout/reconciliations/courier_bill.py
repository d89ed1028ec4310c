"""Courier bill: bill lines against parcels, re-rated from the contract.

Every line is paired with its parcel, the contract is applied to our own weight, size and destination, and what differs
is explained by the one factor that gives the billed amount (`domain.md` 3.9). Parcels that no bill names, credits that
the contract promises and bills that do not foot are found from the other side.
"""

from datetime import date, timedelta
from typing import Any

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import CourierCharge, Shipment
from tieout.money import Tolerance
from tieout.money.columns import allowed_minor_expr
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common.sides import with_carried
from tieout.reconciliations._courier import bills, expected, facts, findings, notes, parcels, totals, verdict
from tieout.reconciliations._courier.attribution import attribute
from tieout.reconciliations._courier.netting import net_parts
from tieout.reconciliations._courier.pairing import Pairing, pair_lines
from tieout.reconciliations._courier.sides import Sides, build_sides, last_day
from tieout.tables import FrameLike, Table
from tieout.tariffs import RateCard

__all__ = ["CourierBill"]

_PERIOD_WINDOW_DAYS = 45  # domain.md 6.1: bill to shipment period
_GRACE_DAYS = 45  # domain.md 3.9: parcels may still be billed so long after their month
_ALWAYS_KNOWN = ("base", "all_in", "return_to_sender", "reverse_pickup", "minimum", "discount", "adjustment")


@attrs.frozen(kw_only=True)
class CourierBill:
    """Reconcile a courier's bill with the parcels it is for.

    Attributes:
        rate_card: The contract; its currency is the currency of the audit.
        tolerance: Difference per line that counts as agreement; None takes the contract's own, and none where it has none.
        timezone: IANA zone in which a pickup's day counts; None takes the contract's own.
        as_of: Day of the run, for what is due and for accruals; None takes the last day of the bill.
        grace_days: Days after a parcel's month in which it may still be billed; None takes the contract's own, else 45.
        period_window_days: Days before a bill's period in which a parcel may have been shipped.
    """

    rate_card: RateCard
    tolerance: Tolerance | None = None
    timezone: str | None = None
    as_of: date | None = None
    grace_days: int | None = None
    period_window_days: int = _PERIOD_WINDOW_DAYS

    def __attrs_post_init__(self) -> None:
        if self.tolerance is not None and self.tolerance.currency != self.rate_card.currency:
            raise InputError(
                f"the tolerance is in {self.tolerance.currency}, the contract in {self.rate_card.currency}",
                where="CourierBill.tolerance",
            )

    def run(
        self,
        *,
        shipments: FrameLike,
        charges: FrameLike,
        returns: FrameLike = None,
        history: FrameLike = None,
        invoices: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Each side is a Table, a frame whose columns are named like the record's, or a sequence of records.

        Args:
            shipments: Shipments, of this bill's period and the ones around it; those of other carriers stay aside.
            charges: Charges of the bill under audit (one or several bills of one courier).
            returns: After-sale cases; without them return legs are not tested for a case.
            history: Charges of earlier bills, so that charging twice is found across bills.
            invoices: Bill headers, so that totals and periods are checked.
            opening: What the run of the bill before carried forward: its parcels, and its lines as history.

        Returns:
            The outcome. `outcome.lines` has one row per charge; the impacts of `outcome.discrepancies` sum to
            billed - expected, exactly; `outcome.proof` states it.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        sides = build_sides(
            shipments=with_carried(shipments, Shipment, opening, "shipments", key=("carrier", "tracking_no")),
            charges=charges,
            returns=returns,
            history=with_carried(history, CourierCharge, opening, "history"),
            invoices=invoices,
            timezone=self._zone(),
            carrier=self.rate_card.carrier,
        )
        as_of = self.as_of or last_day(sides) or date(1970, 1, 1)
        return _Run(self, sides, as_of, returns_given=returns is not None).outcome()

    def _zone(self) -> str:
        zone = self.timezone or self.rate_card.terms.timezone
        if zone is None:
            raise InputError(
                "the day of a pickup decides the price, so its time zone must be known",
                where="CourierBill.timezone",
                hint='give timezone="Asia/Shanghai", or `timezone` in the rate card\'s terms',
            )
        return zone


class _Run:
    """One run of the reconciliation: the steps in their order, each on columns."""

    def __init__(self, settings: CourierBill, sides: Sides, as_of: date, *, returns_given: bool) -> None:
        self.card = settings.rate_card
        self.settings = settings
        self.sides = sides
        self.as_of = as_of
        self.returns_given = returns_given
        terms = self.card.terms
        self.tolerance = settings.tolerance or terms.tolerance or Tolerance.exact(self.card.currency)
        grace = settings.grace_days if settings.grace_days is not None else terms.unbilled_grace_days
        self.grace_days = _GRACE_DAYS if grace is None else grace

    def outcome(self) -> Outcome:
        """All steps."""
        pairing, history = self._repeats_marked(pair_lines(self.sides))
        lines = expected.with_units(pairing)
        rating = expected.rate_units(self.card, lines, pairing.parcels)
        lines = self._marked(lines, rating, pairing)
        wanted, lines = self._expected(lines, rating)
        lines = verdict.verdicts(lines, currency=self.card.currency)
        lines = self._priced(lines, rating)
        return self._assemble(lines, wanted, rating, pairing, history)

    def _repeats_marked(self, pairing: Pairing) -> tuple[Pairing, pl.DataFrame]:
        """Lines that take something back or charge it again, found across bills before anything is priced."""
        invoices = self.sides.invoices
        lines, history = verdict.mark_reversals(
            verdict.with_fee_names(pairing.lines, invoices), verdict.with_fee_names(self.sides.history, invoices)
        )
        return attrs.evolve(pairing, lines=verdict.mark_duplicates(lines, history)), history

    def _marked(self, lines: pl.DataFrame, rating: expected.Rating, pairing: Pairing) -> pl.DataFrame:
        """Lines with every mark that the decision procedure asks for."""
        about = pairing.parcels.select(
            "parcel", "status", "is_voided", *(pl.col(name).alias(f"our_{name}") for name in notes.COMPARED)
        )
        lines = lines.join(about, left_on="unit", right_on="parcel", how="left", maintain_order="left")
        lines = bills.period_marks(lines, self.sides.invoices, window_days=self.settings.period_window_days)
        lines = lines.with_columns(notes.notes_expr(self.card.terms.vat_rate).alias("notes"))
        problems = (
            lines.select("line", "unit", pl.col("rate_legs").alias("leg"))
            .explode("leg")
            .join(rating.rows.select("row", "unit", "leg"), on=["unit", "leg"])
            .join(rating.rated.parcels.select("row", "problem", "version"), on="row")
            .sort("line", "row")
            .group_by("line", maintain_order=True)
            .agg(pl.col("problem").drop_nulls().first(), pl.col("version").drop_nulls().first())
        )
        terms = self._contract_terms()
        any_version = terms["charge_type"].unique().implode()
        known = pl.col("charge_type").is_in(_ALWAYS_KNOWN)
        free = self.card.terms.voided_labels == "free"
        return (
            lines.join(problems, on="line", how="left", maintain_order="left")
            .join(terms, on=["version", "charge_type"], how="left", maintain_order="left")
            .with_columns(
                pl.when(pl.col("key").is_null())
                .then(pl.col("charge_type").is_in(any_version))
                .otherwise(pl.col("in_contract").fill_null(value=False) | known)
                .alias("in_contract"),
                (pl.col("is_voided").fill_null(value=False) & free).alias("is_cancelled"),
                (verdict.needs_return_expr() & ~pl.col("has_return") & self.returns_given).alias("lacks_return"),
                pl.col("charge_type").is_in(bills.monthly_types(self.card)).alias("is_expected_monthly"),
            )
            # A way back that nothing explains is not owed, but the way there in the same figure is.
            .with_columns(
                pl.when("lacks_return").then(pl.col("rate_legs").list.head(1)).otherwise("rate_legs").alias("rate_legs")
            )
        )

    def _contract_terms(self) -> pl.DataFrame:
        known = [(version.id, name) for version in self.card.versions for name in self.card.charge_terms(version.id)]
        schema = {"version": pl.String, "charge_type": pl.String}
        return pl.DataFrame(known, schema=schema, orient="row").with_columns(in_contract=pl.lit(value=True))

    def _counted(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines that may bill a component: charges of a known parcel, not repeated, in the contract's currency."""
        return lines.filter(
            pl.col("unit").is_not_null()
            & (pl.col("amount_minor") > 0)
            & ~pl.col("is_duplicate")
            & ~pl.col("is_reversed")
            & ~pl.col("is_credit_type")
            & ~pl.col("is_cancelled")
            & (pl.col("currency") == self.card.currency)
            & (~pl.col("lacks_return") | (pl.col("leg") == "round_trip"))
        )

    def _expected(self, lines: pl.DataFrame, rating: expected.Rating) -> tuple[expected.Expected, pl.DataFrame]:
        """What the contract makes of each line, less the parts of it that stand on lines of their own."""
        wanted = expected.expected_of(self._counted(lines), rating)
        lines = lines.join(wanted.sums, on="line", how="left", maintain_order="left")
        lines = lines.with_columns(pl.col("expected_minor").is_not_null().alias("covers"))
        targets = lines.filter(pl.col("unit").is_not_null() & ~pl.col("is_duplicate") & ~pl.col("is_reversed"))
        lines = net_parts(
            lines, targets, rating, currency=self.card.currency, tolerance_minor=self.tolerance.amount_minor
        )
        return wanted, lines.with_columns((pl.col("expected_minor") - pl.col("netted_minor")).alias("expected_minor"))

    def _priced(self, lines: pl.DataFrame, rating: expected.Rating) -> pl.DataFrame:
        """Compare prices where nothing went before, and attribute what differs."""
        gap = pl.col("amount_minor") - pl.col("expected_minor")
        open_ = pl.col("type").is_null()
        within = gap.abs() <= allowed_minor_expr(self.tolerance, pl.col("expected_minor"))
        failing = lines.filter(open_ & ~within)
        found = attribute(self.card, rating, self._counted(lines), failing)
        lines = lines.join(found, on="line", how="left", maintain_order="left", suffix="_found")
        priced = open_ & pl.col("type_found").is_null()
        elsewhere = priced & (pl.col("notes").list.len() > 0)
        lines = lines.with_columns(
            pl.when(elsewhere)
            .then(pl.col("notes").list.first())
            .otherwise(pl.coalesce("type", "type_found"))
            .alias("type"),
            pl.when(elsewhere).then(pl.lit(0)).when(priced).then(gap).otherwise(0).alias("absorbed_minor"),
            self._settled(priced, elsewhere).alias("settled_minor"),
        )
        # What was charged wrongly and given back whole needs nobody's attention.
        given_back = (pl.col("netted_minor") < 0) & (pl.col("settled_minor") == pl.col("amount_minor"))
        return _with_verdict(
            lines.with_columns(
                pl.when(given_back & pl.col("type").is_not_null())
                .then(pl.lit("agreed"))
                .otherwise("type")
                .alias("type")
            )
        )

    def _settled(self, priced: pl.Expr, elsewhere: pl.Expr) -> pl.Expr:
        """What each line should have been: the contract's price, the line itself where nothing is expected, or nothing."""
        kind = pl.coalesce("type", "type_found")
        as_it_is = (kind == "agreed") | kind.is_in(list(verdict.UNRATED_TYPES))
        there_only = (pl.col("type") == "courier.return_without_record") & pl.col("covers")
        by_contract = priced | pl.col("type_found").is_not_null() | there_only.fill_null(value=False)
        return (
            pl.when(as_it_is.fill_null(value=False) | elsewhere)
            .then("amount_minor")
            .when(by_contract)
            .then("expected_minor")
            .otherwise(pl.max_horizontal(0, -pl.col("netted_minor")))
        )

    def _assemble(
        self,
        lines: pl.DataFrame,
        wanted: expected.Expected,
        rating: expected.Rating,
        pairing: Pairing,
        history: pl.DataFrame,
    ) -> Outcome:
        card, as_of = self.card, self.as_of
        checked = parcels.check_parcels(
            card=card,
            parcels=pairing.parcels,
            lines=lines,
            history=history,
            rating=rating,
            expected=wanted,
            as_of=as_of,
            grace_days=self.grace_days,
        )
        lines = findings.with_claims(lines, rating, card)
        of_lines = findings.line_findings(lines, rating)
        of_parcels = findings.parcel_findings(checked.findings, pairing.parcels, currency=card.currency)
        of_records = findings.record_findings(checked.states, pairing.parcels, currency=card.currency)
        of_bills = bills.check_invoices(lines, self.sides.invoices)
        of_months, promised = bills.check_monthly(
            card=card, rating=rating, lines=lines, invoices=self.sides.invoices, as_of=as_of
        )
        everything = pl.concat([of_lines, of_parcels, of_records, of_bills, of_months])
        table = findings.to_discrepancies(everything, as_of=as_of)
        unbilled = checked.unbilled()
        events = facts.build_events(
            lines=lines,
            unbilled=unbilled,
            parcels=pairing.parcels,
            invoices=self.sides.invoices,
            carrier=card.carrier,
            currency=card.currency,
            vat_rate=card.terms.vat_rate,
            as_of=as_of,
        )
        contract = self._contract_sums(lines, wanted, rating, unbilled, checked, pairing, of_bills, of_months)
        proof = totals.build_proof(
            given=self.sides.given,
            lines=lines,
            states=checked.states,
            discrepancies=table.to_polars(),
            line_findings=of_lines,
            events=events.to_polars(),
            contract=contract,
            currency=card.currency,
        )
        return Outcome(
            reconciliation="courier_bill",
            parameters=self._parameters(),
            matches=_matches(lines),
            lines=_public_lines(lines),
            discrepancies=table,
            events=events,
            proof=proof,
            carry_forward=CarryForward(
                items=_carry_forward(checked.waiting, pairing.parcels, promised, card.currency),
                sides=self._carried(pairing.parcels, checked.waiting),
            ),
            totals=_totals(lines, table.to_polars(), unbilled, card.currency),
        )

    def _carried(self, parcels_: pl.DataFrame, waiting: pl.DataFrame) -> dict[str, Table[Any]]:
        """Parcels that the next bill may name, and all lines so far, as history."""
        since = self.as_of - timedelta(days=self.grace_days + _PERIOD_WINDOW_DAYS)
        recent = (pl.col("pickup_date") >= since).fill_null(value=True)
        kept = parcels_.filter(recent | pl.col("parcel").is_in(waiting["unit"].implode()))["parcel"]
        shipments = Table(self.sides.given["shipments"][kept], Shipment)
        return {"shipments": shipments, "history": Table(self.sides.lines_so_far, CourierCharge)}

    def _contract_sums(
        self,
        lines: pl.DataFrame,
        wanted: expected.Expected,
        rating: expected.Rating,
        unbilled: pl.DataFrame,
        checked: parcels.ParcelFindings,
        pairing: Pairing,
        of_bills: pl.DataFrame,
        of_months: pl.DataFrame,
    ) -> dict[str, int]:
        by_contract = lines.filter(pl.col("covers") & ~pl.col("is_duplicate"))
        settled = int((by_contract["expected_minor"] + by_contract["netted_minor"]).sum())
        charged = pl.col("type") == "courier.undercharged"
        not_charged = int(checked.findings.filter(charged)["expected_minor"].sum())
        rated = int(rating.rated.components["amount_minor"].sum())
        waiting = int(unbilled["expected_minor"].sum())
        listed = checked.findings.filter(charged).select("unit", "charge_type")
        accrued = pairing.parcels.join(unbilled, left_on="parcel", right_on="unit", how="semi")
        accrued = accrued.select(pl.col("parcel").alias("unit"), expected.main_leg_expr().alias("leg"))
        aside = wanted.uncovered.join(accrued, on=["unit", "leg"], how="anti")
        set_aside = aside.join(listed, on=["unit", "charge_type"], how="anti")
        return {
            "rated": rated,
            "settled": settled,
            "not_charged": not_charged,
            "unbilled": waiting,
            "set_aside": int(set_aside["amount_minor"].sum()),
            "parcels": int(checked.findings["expected_minor"].sum()),
            "parcels_actual": int(checked.findings["actual_minor"].sum()),
            "months": int(of_months["expected_minor"].sum()) - int(of_months["actual_minor"].sum()),
            "bill_gap": int(of_bills.filter(pl.col("currency") == self.card.currency)["impact_minor"].sum()),
        }

    def _parameters(self) -> dict[str, str]:
        return {
            "contract": f"{self.card.name} ({self.card.carrier}, {self.card.currency})",
            "tolerance per line": str(self.tolerance),
            "time zone": self.settings.timezone or str(self.card.terms.timezone),
            "as of": self.as_of.isoformat(),
            "days until unbilled": str(self.grace_days),
            "returns": "given" if self.returns_given else "not given: return legs are not tested for a case",
        }


def _with_verdict(lines: pl.DataFrame) -> pl.DataFrame:
    """One word per line."""
    gap = pl.col("amount_minor") - pl.col("settled_minor")
    return lines.with_columns(
        pl.when(pl.col("type") == "agreed")
        .then(pl.lit("credit"))
        .when(pl.col("type").is_in(list(verdict.UNRATED_TYPES)))
        .then(pl.lit("unrated"))
        .when(pl.col("type").is_not_null())
        .then(
            pl.when(gap > 0)
            .then(pl.lit("overcharged"))
            .when(gap < 0)
            .then(pl.lit("undercharged"))
            .otherwise(pl.lit("noted"))
        )
        .when(pl.col("absorbed_minor") != 0)
        .then(pl.lit("within_tolerance"))
        .otherwise(pl.lit("correct"))
        .alias("verdict"),
        pl.col("notes").list.set_difference(pl.concat_list(pl.col("type").fill_null(""))).alias("secondary"),
    )


def _matches(lines: pl.DataFrame) -> pl.DataFrame:
    """Bill lines with their parcels; a group is a parcel."""
    paired = lines.filter(pl.col("parcel").is_not_null())
    return paired.select(
        pl.col("parcel").alias("left"),
        pl.col("line").alias("right"),
        (pl.col("parcel").rank("dense") - 1).cast(pl.Int64).alias("group"),
        "rule",
        "score",
        pl.lit("confirmed").alias("status"),
    ).sort("right")


def _public_lines(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.select(
        "line",
        "bill_no",
        "carrier",
        pl.coalesce("key", "tracking_no").alias("tracking_no"),
        "charge_type",
        "leg",
        "ship_date",
        "currency",
        pl.col("amount_minor").alias("billed_minor"),
        pl.col("settled_minor").alias("expected_minor"),
        (pl.col("amount_minor") - pl.col("settled_minor")).alias("difference_minor"),
        "verdict",
        pl.when(pl.col("type") != "agreed").then("type").alias("type"),
        "factor",
        "parcel",
        "source_file",
        "source_line",
    ).sort("line")


def _carry_forward(
    waiting: pl.DataFrame, parcels_: pl.DataFrame, promised: pl.DataFrame, currency: str
) -> pl.DataFrame:
    """What the next run must look for."""
    about = parcels_.select(pl.col("parcel").alias("unit"), pl.col("key").alias("tracking_no"), "pickup_date")
    parcels_waiting = waiting.join(about, on="unit", how="left").select(
        pl.lit("not billed yet").alias("what"),
        "tracking_no",
        "pickup_date",
        pl.col("expected_minor").alias("amount_minor"),
        pl.lit(currency).alias("currency"),
        "due_on",
    )
    return pl.concat([parcels_waiting, promised.select(parcels_waiting.columns)]).sort(
        "what", "tracking_no", nulls_last=True
    )


def _totals(
    lines: pl.DataFrame, found: pl.DataFrame, unbilled: pl.DataFrame, currency: str
) -> dict[tuple[str, str], int]:
    ours = lines.filter(pl.col("currency") == currency)
    over = found.filter(pl.col("claimable") & (pl.col("currency") == currency))
    return {
        ("bill lines", "rows"): lines.height,
        ("lines that agree", "rows"): lines.filter(
            pl.col("verdict").is_in(["correct", "credit", "within_tolerance"])
        ).height,
        ("discrepancies", "rows"): found.height,
        ("billed", currency): int(ours["amount_minor"].sum()),
        ("expected for what was billed", currency): int(ours["settled_minor"].sum()),
        ("absorbed by tolerance", currency): int(ours["absorbed_minor"].sum()),
        ("claimable", currency): int(over["impact_minor"].sum()),
        ("not billed yet", currency): int(unbilled["expected_minor"].sum()),
    }
