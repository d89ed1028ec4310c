"""Deciding: each bill line through the tests of `domain.md` 3.9, in their order, and what it should have been."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.money import Tolerance
from tieout.money.columns import allowed_minor_expr
from tieout.reconciliations._courier import bills, doubts, expected, notes, verdict
from tieout.reconciliations._courier.attribution import attribute
from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.netting import net_parts
from tieout.reconciliations._courier.pairing import Pairing, pair_lines
from tieout.reconciliations._courier.sides import Sides
from tieout.reconciliations._courier.supplements import with_supplements
from tieout.tariffs import RateCard

__all__ = ["Decided", "decide"]

_ALWAYS_KNOWN = ("base", "all_in", "return_to_sender", "reverse_pickup", "minimum", "discount", "adjustment")
_WAY_THERE_ONLY = ["courier.return_without_record", verdict.RETURN_FREIGHT]


@attrs.frozen(kw_only=True)
class Decided:
    """Lines with their verdicts, and what led to them.

    Attributes:
        lines: Lines with `type`, `factor`, `verdict`, `contract_minor` (before parts on other lines are taken off),
            `expected_minor`, `settled_minor`, `absorbed_minor` and all marks.
        history: Lines of earlier bills, marked.
        pairing: Which parcel each line is for.
        rating: What was rated.
        expected: What the contract makes of the lines.
    """

    lines: pl.DataFrame
    history: pl.DataFrame
    pairing: Pairing
    rating: expected.Rating
    expected: expected.Expected


def decide(
    sides: Sides, card: RateCard, tolerance: Tolerance, *, window_days: int, known_monthly: Sequence[str]
) -> Decided:
    """Decide each line.

    Args:
        sides: The sides.
        card: The contract.
        tolerance: What a line may differ.
        window_days: Days before a bill's period in which a parcel may have been shipped.
        known_monthly: Charge types that the contract settles by the month.
    """
    return _Decision(sides, card, tolerance, window_days, known_monthly).decided()


class _Decision:
    """The steps in their order, each on columns."""

    def __init__(
        self, sides: Sides, card: RateCard, tolerance: Tolerance, window_days: int, known_monthly: Sequence[str]
    ) -> None:
        self.sides = sides
        self.card = card
        self.tolerance = tolerance
        self.window_days = window_days
        self.known_monthly = list(known_monthly)

    def decided(self) -> Decided:
        """All steps."""
        pairing, history = self._repeats_marked(pair_lines(self.sides))
        lines = expected.with_units(pairing)
        doubt = doubts.settled(self.card, expected.rate_units(self.card, lines, pairing.parcels), lines)
        rating = doubt.rating
        lines = self._marked(lines, doubt, pairing)
        wanted, lines = self._expected(lines, rating)
        lines = verdict.verdicts(lines, currency=self.card.currency)
        lines = self._priced(lines, rating)
        return Decided(lines=lines, history=history, pairing=pairing, rating=rating, expected=wanted)

    def _repeats_marked(self, pairing: Pairing) -> tuple[Pairing, pl.DataFrame]:
        """Lines that take something back or charge it again, found across bills before anything is priced."""
        invoices = self.sides.invoices
        lines, history = verdict.mark_reversals(
            verdict.with_fee_names(pairing.lines, invoices), verdict.with_fee_names(self.sides.history, invoices)
        )
        return attrs.evolve(pairing, lines=verdict.mark_duplicates(lines, history)), history

    def _marked(self, lines: pl.DataFrame, doubt: doubts.Doubts, pairing: Pairing) -> pl.DataFrame:
        """Lines with every mark that the decision procedure asks for."""
        about = pairing.parcels.select(
            "parcel", "status", "is_voided", *(pl.col(name).alias(f"our_{name}") for name in notes.COMPARED)
        )
        lines = attached(lines, about, on="unit", right_on="parcel")
        lines = bills.period_marks(lines, self.sides.invoices, window_days=self.window_days)
        lines = notes.with_notes(_with_doubts(lines, doubt), self.card.terms.vat_rate)
        lines = lines.drop("is_route_open", "is_condition_open")
        terms = self._contract_terms()
        any_version = terms["charge_type"].unique().implode()
        known = pl.col("charge_type").is_in(_ALWAYS_KNOWN)
        free = self.card.terms.voided_labels == "free"
        return (
            attached(self._rated(lines, doubt.rating), terms, on=["version", "charge_type"])
            .with_columns(
                pl.when(pl.col("key").is_null())
                .then(pl.col("charge_type").is_in(any_version))
                .otherwise(pl.col("in_contract").fill_null(value=False) | known)
                .alias("in_contract"),
                (pl.col("is_voided").fill_null(value=False) & free).alias("is_cancelled"),
                (verdict.needs_return_expr() & ~pl.col("has_return") & (self.sides.returns is not None)).alias(
                    "lacks_return"
                ),
                verdict.borne_by_others_expr().alias("is_borne_by_others"),
                pl.col("charge_type").is_in(self.known_monthly).alias("is_expected_monthly"),
            )
            # A way back that nothing explains, or that another pays, is not owed, but the way there in the same figure is.
            .with_columns(
                pl.when(pl.col("lacks_return") | pl.col("is_borne_by_others"))
                .then(pl.col("rate_legs").list.head(1))
                .otherwise("rate_legs")
                .alias("rate_legs")
            )
        )

    def _rated(self, lines: pl.DataFrame, rating: expected.Rating) -> pl.DataFrame:
        """Lines with the `problem` and the `version` of their rating: of the first leg, else of the second."""
        told = attached(
            rating.rows.select("row", "unit", "leg"), rating.rated.parcels.select("row", "problem", "version"), on="row"
        ).drop("row")
        legs = pl.col("rate_legs").list
        lines = lines.with_columns(legs.first().alias("first_leg"), legs.get(1, null_on_oob=True).alias("second_leg"))
        first = attached(lines, told, on=["unit", "first_leg"], right_on=["unit", "leg"])
        second = told.rename({"problem": "second_problem", "version": "second_version"})
        both = attached(first, second, on=["unit", "second_leg"], right_on=["unit", "leg"])
        return both.with_columns(
            pl.coalesce("problem", "second_problem").alias("problem"),
            pl.coalesce("version", "second_version").alias("version"),
        ).drop("first_leg", "second_leg", "second_problem", "second_version")

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
            & (~(pl.col("lacks_return") | pl.col("is_borne_by_others")) | (pl.col("leg") == "round_trip"))
        )

    def _expected(self, lines: pl.DataFrame, rating: expected.Rating) -> tuple[expected.Expected, pl.DataFrame]:
        """What the contract makes of each line, less the parts of it that stand on lines of their own."""
        wanted = expected.expected_of(self._counted(lines), rating)
        lines = attached(lines, wanted.sums, on="line")
        lines = lines.with_columns(pl.col("expected_minor").is_not_null().alias("covers"))
        targets = lines.filter(pl.col("unit").is_not_null() & ~pl.col("is_duplicate") & ~pl.col("is_reversed"))
        lines = net_parts(
            lines, targets, rating, currency=self.card.currency, tolerance_minor=self.tolerance.amount_minor
        )
        return wanted, lines.with_columns(
            pl.col("expected_minor").alias("contract_minor"),
            (pl.col("expected_minor") - pl.col("netted_minor")).alias("expected_minor"),
        )

    def _priced(self, lines: pl.DataFrame, rating: expected.Rating) -> pl.DataFrame:
        """Compare prices where nothing went before, and attribute what differs."""
        gap = pl.col("amount_minor") - pl.col("expected_minor")
        open_ = pl.col("type").is_null()
        within = gap.abs() <= allowed_minor_expr(self.tolerance, pl.col("expected_minor"))
        failing = lines.filter(open_ & ~within)
        found = attribute(self.card, rating, self._counted(lines), failing)
        lines = attached(lines, found.rename({"type": "type_found"}), on="line")
        lines = with_supplements(lines, self.card, rating, self._counted(lines))
        priced = open_ & pl.col("type_found").is_null()
        elsewhere = priced & pl.col("notes").is_not_null()
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
        there_only = pl.col("type").is_in(_WAY_THERE_ONLY) & pl.col("covers")
        by_contract = priced | pl.col("type_found").is_not_null() | there_only.fill_null(value=False)
        return (
            pl.when(as_it_is.fill_null(value=False) | elsewhere)
            .then("amount_minor")
            .when(by_contract)
            .then("expected_minor")
            .otherwise(pl.max_horizontal(0, -pl.col("netted_minor")))
        )


def _with_doubts(lines: pl.DataFrame, doubt: doubts.Doubts) -> pl.DataFrame:
    """Lines with `is_route_open` and `is_condition_open`: whether what they charge rests on a fact that nobody recorded."""
    by_route, by_condition = doubt.by_route["unit"].implode(), doubt.by_condition["line"].implode()
    return lines.with_columns(
        pl.col("unit").is_in(by_route).fill_null(value=False).alias("is_route_open"),
        pl.col("line").is_in(by_condition).alias("is_condition_open"),
    )


def _with_verdict(lines: pl.DataFrame) -> pl.DataFrame:
    """One word per line."""
    gap = pl.col("amount_minor") - pl.col("settled_minor")
    return lines.with_columns(
        pl.when((pl.col("type") == "agreed") & pl.col("is_duplicate") & pl.col("is_netted"))
        .then(pl.lit("supplement"))
        .when((pl.col("type") == "agreed") & (pl.col("is_credit") | pl.col("is_netted") | pl.col("is_reversed")))
        .then(pl.lit("credit"))
        .when(pl.col("type") == "agreed")
        .then(pl.lit("correct"))
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
    )
