"""LedgerTieout: what ledgers beside the books say against the balances of the accounts (`domain.md` 6.2, 7.1; C27, C37, C40).

A wallet, what platforms and couriers owe and are owed, a stock: each has a ledger of its own, and an account of the books that
is to come to the same by the end of a day. What the two have differently is named by the documents behind them, where these
are given.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar, Final

import attrs
import polars as pl

from tieout.model import AccountBalance, LedgerLine, SubledgerBalance, SubledgerMovement
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import Judged, by_key, judge, totals_of, with_waits
from tieout.reconciliations._common.versions import OLDER_VERSION
from tieout.reconciliations._ledger_tieout import words
from tieout.reconciliations._ledger_tieout.accounts import DIMENSIONS, LedgerAccount, ledger_accounts
from tieout.reconciliations._ledger_tieout.days import (
    EARLIER_DAY,
    cut_off_notes,
    earlier_units,
    parts_by_day,
    with_since,
)
from tieout.reconciliations._ledger_tieout.documents import document_findings, documents_of
from tieout.reconciliations._ledger_tieout.rolling import breaks, conflicts
from tieout.reconciliations._ledger_tieout.sales import compared_sales
from tieout.reconciliations._ledger_tieout.taking import (
    AT,
    balances_side,
    journal_side,
    movements_side,
    subledgers_side,
)
from tieout.tables import FrameLike

__all__ = ["LedgerTieout"]

_KEYS: Final = ("book_id", "role", "account", *DIMENSIONS, "as_of")
_UNIT: Final = (*AT, "as_of", "currency")
_DUE: Final = DueRules(DueRule(after=0, grace=5, patience=14))
_SALES: Final = ("revenue", "vat_output", "vat_small")


@attrs.frozen(kw_only=True)
class LedgerTieout(Settings):
    """Tie the balances of the books to the ledgers beside them.

    Attributes:
        accounts: Which account has which role: roles by code, or `LedgerAccount`s, which also say for which shop, party or
            warehouse it is. Accounts that are not listed are tied to nothing.
        due: How long a movement may wait for its voucher, by role.
        transit_kinds: Kinds of movement, such as `payout`, that are under way until they are booked: booked after the day of the
            balance and in time, they are a matter of time, and not booked in another period.
        sales_roles: Roles of the accounts that sales are booked on, tax included, for `sales`.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        words.MISMATCH,
        words.STOCK,
        words.NO_ACCOUNT,
        words.NO_SUBLEDGER,
        words.SUSPENSE,
        words.NOT_BOOKED,
        words.TWICE,
        words.UNSUPPORTED,
        words.OTHER_AMOUNT,
        words.EARLIER_OR_LATER,
        words.REFUND_LATER,
        words.BREAK,
        words.CONFLICT,
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("subledgers", SubledgerBalance, needed=True),
        Takes("balances", AccountBalance, needed=True),
        Takes("movements", SubledgerMovement),
        Takes("journal", LedgerLine),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("courier_bill", "receipts", "stock_count")

    accounts: Sequence[LedgerAccount] = attrs.field(default=(), converter=ledger_accounts)
    due: DueRules = attrs.field(default=_DUE, converter=due_rules)
    transit_kinds: tuple[str, ...] = attrs.field(default=("payout", "withdrawal", "transfer"), converter=tuple)
    sales_roles: tuple[str, ...] = attrs.field(default=_SALES, converter=tuple)

    def run(
        self,
        *,
        subledgers: FrameLike,
        balances: FrameLike,
        movements: FrameLike = None,
        journal: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            subledgers: Balances of the ledgers beside the books, signed as debits less credits.
            balances: Balances of the accounts, signed alike.
            movements: Movements of those ledgers. With `journal`, they name what makes a difference.
            journal: Lines of vouchers as the books hold them.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per place that is tied, and day. Impacts are books - ledger beside them.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        ledgers = subledgers_side(subledgers, self.accounts, opening)
        books = balances_side(balances, self.accounts, opening)
        moved = movements_side(movements, self.accounts, opening)
        booked = journal_side(journal, self.accounts, opening)
        ledgers, books = by_key((ledgers, books), _UNIT)
        as_of = concluding.last_day(self, (ledgers, books))
        every = pl.concat([side.frame.select("unit") for side in (ledgers, books)])
        first = 1 + every.select(pl.col("unit").max().fill_null(0)).item()
        moved = moved.with_columns((pl.col("row") + first).alias("unit"))
        booked = booked.with_columns((pl.col("row") + first + moved.frame.height).alias("unit"))
        named = _named((ledgers, books))
        documents = self._documents(named, moved, booked, as_of)
        sides = concluding.without_other_periods((ledgers, books, moved, booked), self.period)
        units = self._units(sides, named, documents)
        is_past = pl.col("unit").is_in(units.filter("is_earlier")["unit"].implode())
        sides = (*(side.put_aside(EARLIER_DAY, is_past) for side in sides[:2]), *sides[2:])
        tied = units.filter((pl.col("expected_rows") > 0) | (pl.col("actual_rows") > 0))
        documents = documents.join(tied.select("unit"), on="unit", how="semi")
        findings = self._findings(sides, tied, documents)
        now = units.filter(~pl.col("is_earlier"))
        judged = judge(sides, now, findings, remainder=words.MISMATCH, keys=_KEYS, off=self.switched_off)
        judged = attrs.evolve(judged, sides=self._kept(judged, tied, documents, as_of))
        return concluding.conclude(
            "ledger_tieout",
            self,
            judged,
            as_of=as_of,
            pairs=_pairs(judged.sides),
            keys=_KEYS,
            parameters=self._parameters(),
        )

    def sales(self, *, platform: FrameLike = None, erp: FrameLike = None, journal: FrameLike = None) -> pl.DataFrame:
        """What was sold by the platform, the ERP and the books, by shop and day, and how they differ (`domain.md` C27).

        Args:
            platform: Orders as the platforms have them.
            erp: Orders as the ERP has them.
            journal: Lines of vouchers, on accounts whose roles are among `sales_roles`, with the shop among their dimensions or
                in `accounts`; a line counts on its business day, else on that of its voucher.

        Returns:
            `book_id`, `platform`, `shop_id`, `day`, `currency`, `platform_minor`, `erp_minor`, `ledger_minor`, and the
            differences `erp_less_platform_minor`, `ledger_less_platform_minor`, `ledger_less_erp_minor`. An order counts with
            what the merchant is to receive, on the day on which it was paid; one that is closed or not paid does not count.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        accounts = [one for one in self.accounts if one.role in self.sales_roles]
        return compared_sales(platform, erp, journal_side(journal, accounts, None), accounts, timezone=self.timezone)

    def _documents(self, named: pl.DataFrame, moved: Side, booked: Side, as_of: date) -> pl.DataFrame:
        both = named.filter(pl.col("is_expected") & pl.col("is_actual") & pl.col("place").is_not_null())
        return documents_of(both, moved, booked, due=self.due, transit_kinds=self.transit_kinds, as_of=as_of)

    def _units(self, sides: tuple[Side, ...], named: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
        """What each place should have and has on each day, with `is_earlier` and `is_given`, and what may differ."""
        units = _stated(named_units(totals_of(sides), sides[:2], ()), named, documents)
        allowed = self.tolerances.allowed_expr("system", pl.col("expected_minor"), currency=pl.col("currency"))
        given = pl.concat([side.frame.filter(~pl.col("is_opening")).select("unit") for side in sides[:2]])["unit"]
        return units.with_columns(
            allowed.alias("allowed_minor"),
            pl.col("unit").is_in(earlier_units(sides[:2]).implode()).alias("is_earlier"),
            pl.col("unit").is_in(given.unique().implode()).alias("is_given"),
        )

    def _findings(self, sides: tuple[Side, ...], units: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
        ledgers, books, _, booked = sides
        now = units.filter(~pl.col("is_earlier"))
        older = (pl.col("aside") == OLDER_VERSION) & pl.col("unit").is_in(now["unit"].implode())
        every = [side.frame.filter(pl.col("aside").is_null() | (pl.col("aside") == EARLIER_DAY)) for side in sides[:2]]
        notes = [
            breaks(*every),
            conflicts(ledgers.frame.filter(older), "role"),
            conflicts(books.frame.filter(older), "account"),
        ]
        return pl.concat(
            [
                document_findings(with_since(documents, units), now, _KEYS),
                self._of_balances(units, documents, booked),
                document_findings(cut_off_notes(documents, units), now, _KEYS, note=True),
                *(one.filter(pl.col("unit").is_in(now["unit"].implode())) for one in notes),
            ]
        )

    def _of_balances(self, units: pl.DataFrame, documents: pl.DataFrame, booked: Side) -> pl.DataFrame:
        """Findings of whole balances: one side only, what waits to be named, and what no document explains."""
        faulty = documents.filter(pl.col("fault").is_not_null())
        explained = faulty.group_by("unit").agg(pl.col("gap").sum().alias("by_documents"))
        rest = pl.col("gap_minor") - pl.col("by_documents").fill_null(0) - pl.col("waiting_minor").fill_null(0)
        rows = units.join(explained, on="unit", how="left", maintain_order="left").with_columns(rest.alias("rest"))
        rows = rows.join(_uncleared(booked), on=["at_book", "place", "currency"], how="left", maintain_order="left")
        alone = (pl.col("expected_rows") == 0) | (pl.col("actual_rows") == 0)
        kind = (
            pl.when((pl.col("expected_rows") == 0) & pl.col("role").is_in(words.SUSPENSE_ROLES))
            .then(pl.lit(words.SUSPENSE))
            .when(pl.col("expected_rows") == 0)
            .then(pl.lit(words.NO_SUBLEDGER))
            .when(pl.col("actual_rows") == 0)
            .then(pl.lit(words.NO_ACCOUNT))
            .when(pl.col("role").is_in(words.STOCK_ROLES))
            .then(pl.lit(words.STOCK))
            .otherwise(pl.lit(words.MISMATCH))
        )
        is_off = (pl.col("rest").abs() > pl.col("allowed_minor")) | (alone & (pl.col("rest") != 0))
        rows = rows.with_columns(is_off.alias("is_off"), kind.alias("kind"))
        stood = parts_by_day(rows, words.ONE_SIDED_TYPES).rename({"since": "stands_since"})
        off = rows.join(stood, on="unit", maintain_order="left").with_columns(
            pl.col("as_of").alias("balance_on"), pl.col("stands_since").alias("as_of")
        )
        cause = (
            pl.when(pl.col("actual_rows") > 0)
            .then(None)
            .when(pl.col("place").is_null())
            .then(pl.lit("no account has the role"))
            .otherwise(pl.lit("no balance of the account is given"))
        )
        since = pl.when(pl.col("role").is_in(words.SUSPENSE_ROLES)).then("since")
        return findings_of(
            off,
            pl.col("kind"),
            keys=_KEYS,
            evidence=["balance_on", cause.alias("cause"), since.alias("since"), pl.col("role").alias("tied")],
            impact=pl.col("part"),
        )

    def _kept(self, judged: Judged, units: pl.DataFrame, documents: pl.DataFrame, as_of: date) -> tuple[Side, ...]:
        """Sides with what the next run has to see again: balances that are young or off, and the documents behind them."""
        since = as_of - timedelta(days=self.memory_days)
        first = None if self.period is None else self.period.first
        ledgers, books, moved, booked = judged.sides
        wrong = judged.findings.filter(~pl.col("is_note"))["unit"].unique()
        waiting = documents.filter(pl.col("fault").is_null() & ~pl.col("is_cleared"))["unit"].unique()
        asked = pl.concat([wrong.cast(pl.Int64), waiting.cast(pl.Int64)]).unique().implode()
        current = units.filter(~pl.col("is_earlier") & pl.col("unit").is_in(asked))
        places = units.join(current, on=[*AT, "currency"], how="semi")
        busy = places["unit"].implode()
        is_old = (pl.col("on") < since).fill_null(value=False)
        if first is not None:
            is_old = is_old | ((pl.col("verdict") == _OTHER_PERIOD) & (pl.col("on") < first)).fill_null(value=False)
        kept = [side.with_columns((~is_old | pl.col("unit").is_in(busy)).alias("is_kept")) for side in (ledgers, books)]
        of = ["at_book", "place", "currency", "refers_to"]
        young = [side.frame.filter(~is_old).select(of) for side in (moved, booked)]
        faulty = documents.join(places.select("unit", "at_book", "place", "currency"), on="unit").select(of)
        needed = pl.concat([*young, faulty]).unique().with_columns(pl.lit(value=True).alias("is_kept"))
        is_asked = bool(faulty.height)
        return (*kept, *(_with_kept(side, of, needed, is_asked=is_asked) for side in (moved, booked)))

    def _parameters(self) -> dict[str, str]:
        return {
            "accounts": "; ".join(map(str, self.accounts)) or "none",
            "vouchers are due": str(self.due),
            "under way until booked": ", ".join(self.transit_kinds) or "nothing",
        }


_OTHER_PERIOD: Final = "another period"


def _with_kept(side: Side, of: Sequence[str], needed: pl.DataFrame, *, is_asked: bool) -> Side:
    """A side with `is_kept`: the documents that are needed, and where there are faulty ones its last day.

    Documents are compared where both sides are given, and one that lost its last row would seem not to be.
    """
    joined = side.frame.join(needed, on=of, how="left", nulls_equal=True, maintain_order="left")
    is_last = (pl.col("on") == pl.col("on").max()).fill_null(value=False) & is_asked
    return side.with_frame(joined.with_columns(pl.col("is_kept").fill_null(value=False) | is_last))


def _named(sides: Sequence[Side]) -> pl.DataFrame:
    """What each unit is: one row with its place, its keys, and which sides state it."""
    parts = [
        side.compared.select(
            "unit", "place", *AT, "at_account", "as_of", "currency", pl.lit(side.role.value).alias("of")
        )
        for side in sides
    ]
    names: Mapping[str, str] = {"at_book": "book_id", "at_role": "role"} | {f"at_{name}": name for name in DIMENSIONS}
    rows = (
        pl.concat(parts)
        .group_by("unit", "place", *AT, "at_account", "as_of", "currency")
        .agg(
            (pl.col("of") == "expected").any().alias("is_expected"), (pl.col("of") == "actual").any().alias("is_actual")
        )
    )
    shown = [pl.when(pl.col(at) != "").then(at).alias(name) for at, name in names.items()]
    return rows.with_columns(*shown, pl.col("at_account").alias("account")).sort("unit")


def _stated(units: pl.DataFrame, named: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Units with their keys, and with how much of their gap is a matter of time."""
    keys = named.select("unit", "place", *AT, *_KEYS)
    waits = documents.filter(pl.col("fault").is_null()).select(
        "unit",
        "state",
        pl.lit(None, dtype=pl.Date).alias("due_on"),
        pl.col("gap").alias("minor"),
        pl.lit(0, dtype=pl.Int64).alias("parts"),
    )
    return with_waits(units.join(keys, on="unit", how="left", maintain_order="left"), waits)


def _uncleared(booked: Side) -> pl.DataFrame:
    """The first day of what is not cleared on each place, by the number that its vouchers refer to."""
    by = ["at_book", "place", "currency"]
    open_ = (
        booked.frame.filter(pl.col("place").is_not_null() & ~pl.col("is_repeat"))
        .group_by(*by, "refers_to")
        .agg(pl.col("minor").sum(), pl.col("on").min())
        .filter(pl.col("minor") != 0)
    )
    return open_.group_by(by).agg(pl.col("on").min().alias("since"))


def _pairs(sides: Sequence[Side]) -> pl.DataFrame:
    """Balances of ledgers with those of the accounts that they are tied to."""
    ledgers, books, *_ = sides
    left, right = (
        side.compared.select("unit", pl.col("row").alias(name)) for side, name in ((ledgers, "left"), (books, "right"))
    )
    return (
        left.join(right, on="unit")
        .select(
            "left",
            "right",
            pl.lit("role and day").alias("rule"),
            pl.lit(1.0).alias("score"),
            pl.lit("confirmed").alias("status"),
        )
        .sort("left", "right")
    )
