"""Promotions: discounts claimed on orders against the rules, and what funders owe against what they settled (`domain.md` 2.4).

A discount is to be what its rule takes off the goods that the rule is for, and nothing where the rule does not hold. What
others than the merchant bear of it is to be settled: campaign by campaign, by the kind of line that its funder pays by. What
the lines of an order bring against what that order says of itself is the question of `Settlement`; here it is what the rules
say of a campaign.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar, Final

import attrs
import polars as pl

from tieout.model import Order, Refund, SettlementLine
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import Role, Side
from tieout.reconciliations._common.units import Judged, by_key, judge, totals_of, with_waits
from tieout.reconciliations._promotions import funding as money
from tieout.reconciliations._promotions import judging, sharing, words
from tieout.reconciliations._promotions.matrix import CLAWBACK, FLOWS, OUTFLOWS
from tieout.reconciliations._promotions.rules import PromotionRule, RuleBook, rule_book
from tieout.reconciliations._promotions.ruling import ruled
from tieout.reconciliations._promotions.taking import ORDER, claims_of, lines_of, orders_side
from tieout.tables import FrameLike

__all__ = ["Promotions"]

_DUE: Final = DueRules(
    default=DueRule(after=0, grace=2, patience=14),
    by={
        "government": DueRule(after=60, grace=30, patience=90),
        "merchant": DueRule(after=0, grace=15, patience=30),
    },
)
_KEYS: Final = (*judging.CLAIM_KEYS, "flow", "campaign")
_SETTLED: Final = ("agreed", "within tolerance", "settled before")
_UNIT_KEY: Final = ("unit_book", "unit_platform", "unit_shop", "flow", "campaign", "currency")


def _rules(given: RuleBook | Sequence[PromotionRule]) -> RuleBook:
    return rule_book(given)


@attrs.frozen(kw_only=True)
class _Parts:
    """What was taken and worked out.

    Attributes:
        orders: Orders as evidence.
        claimed: Claims as they are.
        allowed: The same claims as the rules would have them.
        articles: Lines of the orders.
        funding: What is owed and settled.
    """

    orders: Side
    claimed: Side
    allowed: Side
    articles: pl.DataFrame
    funding: money.Funding

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides in the order in which they are compared and shown."""
        return (self.allowed, self.claimed, self.funding.owed, self.funding.lines, self.orders, self.funding.refunds)


@attrs.frozen(kw_only=True)
class Promotions(Settings):
    """Reconcile discounts with the rules of promotions, and their funding with what is settled.

    Attributes:
        rules: The rule book, or its rules alone; without any, claims are not compared, and funders owe what orders say.
        due: When a funder is to settle, counted from the day on which the order was completed, by funder: `platform` (a bank's
            too), `influencer`, `government`, and `merchant` for what the merchant pays out.
        refund_due: When funding is to be taken back, counted from the day of the refund, by funder.
        confirm_days: Days after which an order that was signed counts as completed, where its records do not say when it was.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        words.STACKING,
        words.BELOW_FLOOR,
        words.UNKNOWN,
        words.INVALID,
        words.AMOUNT,
        words.FUNDER,
        words.SPLIT,
        words.NOT_SETTLED,
        words.SETTLED_OFF,
        words.UNOWED,
        words.CONFLICT,
        words.NEGATIVE,
        words.NO_PRICE,
        words.NO_QUANTITY,
        words.DISAGREE,
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("orders", Order, needed=True),
        Takes("lines", SettlementLine),
        Takes("refunds", Refund),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("orders",)

    rules: RuleBook = attrs.field(factory=RuleBook, converter=_rules)
    due: DueRules = attrs.field(default=_DUE, converter=due_rules)
    refund_due: DueRules = attrs.field(default=DueRules(DueRule(after=0, grace=7, patience=14)), converter=due_rules)
    confirm_days: int = 10

    def run(
        self,
        *,
        orders: FrameLike,
        lines: FrameLike = None,
        refunds: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            orders: Orders with their discounts.
            lines: Settlement lines; those of subsidies, of what is taken back, of points and of money back are compared; None
                where there are none to compare, so that nothing is asked of funders.
            refunds: Refunds; None where there are none to compare, so that lines that take back are taken as they are.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per promotion with what it was to take off and took off, and one per campaign and way
            of paying with what was to be settled and was. Impacts are claimed - by rule, and settled - owed.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        parts = self._parts(orders, lines, refunds, opening)
        as_of = concluding.last_day(self, (parts.orders, parts.funding.lines, parts.funding.refunds))
        sides = concluding.without_other_periods(parts.sides, self.period)
        parts = _with_sides(parts, sides)
        open_rows = money.with_states(parts.funding, self.tolerances, self.due, self.refund_due, as_of)
        units = self._units(sides, open_rows)
        findings = self._findings(parts, units, open_rows)
        judged = judge(sides, units, findings, remainder=words.SETTLED_OFF, keys=_KEYS, off=self.switched_off)
        judged = attrs.evolve(judged, sides=self._kept(judged, open_rows, as_of))
        return concluding.conclude(
            "promotions",
            self,
            judged,
            as_of=as_of,
            pairs=_pairs(parts.claimed),
            keys=_KEYS,
            parameters=self._parameters(),
            lines=_statement(judged),
        )

    def shares(self, orders: FrameLike) -> pl.DataFrame:
        """The part of each discount that falls on each line of its order, by largest remainder (`domain.md` 2.4).

        Args:
            orders: Orders with their discounts.

        Returns:
            `platform_order_id`, `line` (from 1), `sku`, `claim` (from 1), `kind`, `code`, `rule_name`, `base_minor` (the line's
            price that counts), `share_minor`, `borne_minor` (what the merchant bears of it), `currency`.

        Raises:
            InputError: The side is of another record, or lacks what its record needs.
        """
        parts = self._parts(orders, None, None, None)
        counted = pl.col("order_row").is_in(parts.orders.compared["row"].implode())
        claims = parts.claimed.frame.filter(counted & (pl.col("claimed_minor") >= 0))
        shares = sharing.shares_of(claims, parts.articles, self.rules)
        named = claims.select("order_row", "claim", *ORDER, "kind", "code", "rule_name", "currency")
        articles = parts.articles.select("order_row", "line", "sku")
        return (
            shares.join(named, on=["order_row", "claim"])
            .join(articles, on=["order_row", "line"])
            .sort(*ORDER, "claim", "line", nulls_last=True)
            .select(
                *(*ORDER, "line", "sku", "claim", "kind", "code", "rule_name"),
                *("base_minor", "share_minor", "borne_minor", "currency"),
            )
        )

    def _parts(self, orders: FrameLike, lines: FrameLike, refunds: FrameLike, opening: CarryForward | None) -> _Parts:
        sold = orders_side(orders, opening=opening, timezone=self.timezone, confirm_days=self.confirm_days)
        cash = money.lines_side(lines, orders=sold, opening=opening, timezone=self.timezone)
        back = money.refunds_side(refunds, orders=sold, opening=opening, timezone=self.timezone)
        articles = lines_of(sold.frame.filter(_counts() | (pl.col("aside") == words.CLOSED)))
        claimed = self._claims(claims_of(sold), articles)
        owing = claimed.frame.filter(~pl.col("aside").is_in(_OWE_NOTHING).fill_null(value=False))
        given_back = refunds is not None or back.carried > 0
        has_lines = lines is not None or cash.carried > 0
        parts = _Parts(
            orders=sold,
            claimed=claimed.weighed(on=pl.col("on"), minor=pl.col("claimed_minor")),
            allowed=attrs.evolve(claimed, name="allowed", role=Role.EXPECTED).weighed(
                on=pl.col("on"), minor=pl.col("right_minor")
            ),
            articles=articles,
            funding=money.funding_of(sold, owing, cash, back, with_lines=has_lines, with_refunds=given_back),
        )
        return _with_units(_with_asides(parts))

    def _claims(self, claimed: Side, articles: pl.DataFrame) -> Side:
        """Claims with their rules and what is wrong with them; those that are not compared have the reason in `why`."""
        below = pl.col("aside").is_null() & (pl.col("claimed_minor") < 0)
        frame = claimed.frame.with_columns(pl.when(below).then(pl.lit(_LESS)).otherwise("aside").alias("aside"))
        found = ruled(frame, articles, self.rules)
        counts = pl.col("aside").is_null()
        judged = judging.judged_claims(found.filter(counts), self.tolerances)
        rest = found.filter(~counts).with_columns(pl.lit(None, dtype=pl.Int64).alias("right_minor"))
        frame = pl.concat([judged, rest], how="diagonal").sort("row")
        fits = pl.coalesce("fits", pl.col("rule").is_not_null() & pl.col("in_scope") & pl.col("in_days"))
        has_rule = fits.fill_null(value=False)
        unsaid = pl.col("fault").is_null() & pl.col("right_minor").is_null()
        if not self.rules.rules:
            frame = frame.with_columns(
                pl.lit(None, dtype=pl.String).alias("fault"), pl.col("claimed_minor").alias("right_minor")
            )
        why = pl.coalesce(
            "aside",
            pl.when(not self.rules.rules).then(pl.lit("no rules given")),
            pl.when(unsaid).then(pl.lit(judging.NO_GOODS_PRICE)),
        )
        share = pl.when(has_rule).then("rule_share").otherwise("share")
        return claimed.with_frame(
            frame.with_columns(
                has_rule.alias("fits"),
                why.alias("why"),
                share.alias("share_used"),
                pl.coalesce("right_minor", "claimed_minor").alias("right_minor"),
            )
        )

    def _units(self, sides: Sequence[Side], open_rows: pl.DataFrame) -> pl.DataFrame:
        allowed, claimed, owed, lines, orders, refunds = sides
        named = named_units(
            totals_of((allowed, claimed, owed, lines, orders, refunds)), (allowed, claimed, owed, lines), ()
        )
        named = named.join(_names(claimed, (owed, lines)), on="unit", how="left", maintain_order="left")
        waits = open_rows.filter(pl.col("state").is_not_null()).select(
            "unit", "state", "due_on", pl.col("gap").alias("minor"), pl.lit(0, dtype=pl.Int64).alias("parts")
        )
        small = open_rows.filter("is_small").group_by("unit").agg(pl.col("gap").abs().sum().alias("small"))
        line = self.tolerances.allowed_expr("line", pl.col("expected_minor"), currency=pl.col("currency"))
        is_campaign = pl.col("campaign").is_not_null()
        return (
            with_waits(named, waits)
            .join(small, on="unit", how="left", maintain_order="left")
            .with_columns(
                pl.when(is_campaign).then(pl.col("small").fill_null(0)).otherwise(line).alias("allowed_minor")
            )
            .drop("small")
        )

    def _findings(self, parts: _Parts, units: pl.DataFrame, open_rows: pl.DataFrame) -> pl.DataFrame:
        claims = parts.claimed.compared
        orders = parts.orders.compared
        here = parts.articles.join(orders.select(pl.col("row").alias("order_row")), on="order_row", how="semi")
        ours = parts.claimed.frame.filter(pl.col("order_row").is_in(orders["row"].implode()))
        twice = parts.orders.frame.filter(pl.col("aside") == words.OTHER_RECORD)
        return pl.concat(
            [
                judging.claim_findings(claims),
                judging.funder_notes(claims),
                judging.price_notes(ours),
                sharing.order_notes(orders, ours, here, self.tolerances),
                sharing.line_notes(orders, ours, here),
                sharing.floor_notes(orders, ours, here, self.rules),
                judging.conflict_notes(twice),
                money.funding_findings(open_rows, units),
            ]
        )

    def _kept(self, judged: Judged, open_rows: pl.DataFrame, as_of: date) -> tuple[Side, ...]:
        """Sides with what the next run has to see again: an order and what belongs to it until all of it is settled and old."""
        since = as_of - timedelta(days=self.memory_days)
        first = None if self.period is None else self.period.first
        allowed, claimed, owed, lines, orders, refunds = judged.sides
        wrong = claimed.frame.filter(~pl.col("verdict").is_in(_SETTLED) & pl.col("fault").is_not_null())
        faulty = wrong["order_row"]
        codes = wrong.filter("is_single")["code"].drop_nulls().unique().implode()
        users = claimed.frame.filter(pl.col("is_single") & pl.col("code").is_in(codes))["order_row"]
        still_open = open_rows.filter(pl.col("state").is_not_null())["order_row"].drop_nulls()
        busy = pl.concat([faulty, users, still_open.cast(faulty.dtype)]).unique().implode()
        is_old = (pl.col("on") < since).fill_null(value=False)
        if first is not None:
            passed = (pl.col("verdict") == _OTHER_PERIOD) & (pl.col("on") < first)
            is_old = is_old | passed.fill_null(value=False)
        orders = orders.with_columns((~is_old | pl.col("row").is_in(busy)).alias("is_kept"))
        known = orders.frame.select(pl.col("row").alias("order_row"), pl.col("is_kept").alias("of_order"))
        matter = pl.col("type").is_in([*FLOWS, *OUTFLOWS, CLAWBACK])
        alone = pl.when(pl.col("aside").is_null()).then(pl.lit(value=True)).otherwise(~is_old)
        lines = lines.with_frame(lines.frame.join(known, on="order_row", how="left", maintain_order="left"))
        lines = lines.with_columns((matter & pl.coalesce("of_order", alone)).alias("is_kept"))
        refunds = refunds.with_frame(refunds.frame.join(known, on="order_row", how="left", maintain_order="left"))
        refunds = refunds.with_columns(pl.coalesce("of_order", ~is_old).alias("is_kept"))
        return allowed, claimed, owed, lines, orders, refunds

    def _parameters(self) -> dict[str, str]:
        return {
            "rules": "; ".join(map(str, self.rules.rules)) or "none",
            "floors": str(len(self.rules.floors)),
            "funding is due": str(self.due),
            "funding is taken back": str(self.refund_due),
            "signed orders are completed after": f"{self.confirm_days} days",
        }


_LESS: Final = "less than nothing"
_OTHER_PERIOD: Final = "another period"
_OWE_NOTHING: Final = [words.REPEAT, words.OTHER_RECORD, words.NOT_PAID, _LESS]


def _counts() -> pl.Expr:
    return pl.col("aside").is_null()


def _with_asides(parts: _Parts) -> _Parts:
    """Claims with why they are not compared, after they were weighed."""
    why = pl.col("why").alias("aside")
    return attrs.evolve(parts, claimed=parts.claimed.with_columns(why), allowed=parts.allowed.with_columns(why))


def _names(claimed: Side, funding: Sequence[Side]) -> pl.DataFrame:
    """What names each unit: a claim by its order and rule, a campaign by its shop and the way in which it is paid."""
    claims = claimed.frame.select("unit", *judging.CLAIM_KEYS)
    scope = [
        pl.when(pl.col(key) != "").then(key).alias(name)
        for name, key in zip(("book_id", "platform", "shop_id"), _UNIT_KEY, strict=False)
    ]
    campaigns = pl.concat([side.frame.select("unit", *scope, "flow", "campaign") for side in funding])
    return pl.concat([claims, campaigns.unique()], how="diagonal")


def _with_units(parts: _Parts) -> _Parts:
    """Sides with units: each claim, each campaign, each order and each refund has its own."""
    claims = parts.claimed.frame.height
    unit = pl.col("row").alias("unit")
    scope = parts.orders.frame.select(
        pl.col("row").alias("order_row"),
        *(pl.col(name).alias(f"of_{name}") for name in ("book_id", "platform", "shop_id")),
    )
    owed, lines = (
        side.with_frame(
            side.frame.join(scope, on="order_row", how="left", maintain_order="left").with_columns(
                pl.coalesce(f"of_{name}", name, pl.lit("")).alias(key)
                for name, key in zip(("book_id", "platform", "shop_id"), _UNIT_KEY, strict=False)
            )
        )
        for side in (parts.funding.owed, parts.funding.lines)
    )
    owed, lines = by_key((owed, lines), _UNIT_KEY)
    owed, lines = (side.with_columns(pl.col("unit") + claims) for side in (owed, lines))
    used = pl.concat([owed.frame.select("unit"), lines.frame.select("unit")])
    campaigns = 1 + int(used.select(pl.col("unit").max().fill_null(claims)).item())
    orders = parts.orders.with_columns((pl.col("row") + campaigns).alias("unit"))
    refunds = parts.funding.refunds.with_columns((pl.col("row") + campaigns + orders.frame.height).alias("unit"))
    return attrs.evolve(
        parts,
        orders=orders,
        claimed=parts.claimed.with_columns(unit),
        allowed=parts.allowed.with_columns(unit),
        funding=money.Funding(owed=owed, lines=lines, refunds=refunds),
    )


def _with_sides(parts: _Parts, sides: Sequence[Side]) -> _Parts:
    allowed, claimed, owed, lines, orders, refunds = sides
    return attrs.evolve(
        parts,
        orders=orders,
        claimed=claimed,
        allowed=allowed,
        funding=money.Funding(owed=owed, lines=lines, refunds=refunds),
    )


def _pairs(claimed: Side) -> pl.DataFrame:
    """Each claim with what its rule gives."""
    return claimed.compared.filter(pl.col("rule").is_not_null()).select(
        pl.col("row").alias("left"),
        pl.col("row").alias("right"),
        pl.lit("rule of the promotion").alias("rule"),
        pl.lit(1.0).alias("score"),
        pl.lit("confirmed").alias("status"),
    )


def _statement(judged: Judged) -> pl.DataFrame:
    """One row per promotion with what it took off, and one per campaign and way of paying with what was settled."""
    claims = judged.sides[1].frame.filter(pl.col("aside").is_null())
    by = ["book_id", "platform", "shop_id", "campaign", "currency"]
    named = pl.coalesce("rule_name", "code", "kind").alias("campaign")
    taken = (
        claims.with_columns(named)
        .group_by(by)
        .agg(
            pl.lit("claimed").alias("what"),
            pl.lit(None, dtype=pl.String).alias("flow"),
            pl.col("order_row").n_unique().cast(pl.Int64).alias("orders"),
            pl.col("right_minor").sum().alias("expected_minor"),
            pl.col("claimed_minor").sum().alias("actual_minor"),
        )
    )
    owing = (
        judged.sides[2]
        .frame.filter(pl.col("aside").is_null())
        .group_by("unit")
        .agg(pl.col("order_row").n_unique().cast(pl.Int64).alias("orders"))
    )
    settled = judged.units.filter(pl.col("campaign").is_not_null()).join(owing, on="unit", how="left")
    settled = settled.filter((pl.col("expected_rows") > 0) | (pl.col("actual_rows") > 0)).with_columns(
        pl.lit("settled").alias("what"), pl.col("orders").fill_null(0)
    )
    shown = ["what", "book_id", "platform", "shop_id", "flow", "campaign", "orders", "currency"]
    figures = ["expected_minor", "actual_minor"]
    return (
        pl.concat(
            [
                taken.select(*shown, *figures, pl.lit(None, dtype=pl.String).alias("verdict")),
                settled.select(*shown, *figures, "verdict"),
            ]
        )
        .with_columns((pl.col("actual_minor") - pl.col("expected_minor")).alias("gap_minor"))
        .sort(*shown, nulls_last=True)
    )
