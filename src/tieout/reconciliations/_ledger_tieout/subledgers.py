"""Ledgers beside the books: their balances and movements, worked out of the records that they are made of."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final, TypeVar

import polars as pl

from tieout.errors import InputError
from tieout.model import (
    AccountBalance,
    ChannelTransaction,
    CourierCharge,
    JournalLine,
    LedgerLine,
    Refund,
    Settlement,
    StockMovement,
    SubledgerBalance,
    SubledgerMovement,
    Voucher,
)
from tieout.money.columns import divide_half_up_expr
from tieout.outcome import Outcome
from tieout.reconciliations._common.sides import Role, local_day, take
from tieout.reconciliations._ledger_tieout.taking import account_totals
from tieout.tables import FrameLike, Table, schema_of

__all__ = ["Subledgers"]

_SHANGHAI: Final = "Asia/Shanghai"
_PARTS: Final = 10**8
_MOVEMENT: Final = ("book_id", "movement_id", "kind")
_DOCUMENT: Final = ("book_id", "party", "document", "kind")
_PLACE: Final = ("book_id", "warehouse", "currency")
R = TypeVar("R")


class Subledgers:
    """Balances and movements for `LedgerTieout`, of the records that ledgers beside the books are made of.

    All are signed as debits less credits. Records that are listed twice count once; those of after the day do not count.
    """

    @staticmethod
    def wallets(
        transactions: FrameLike, *, as_of: date, role: str = "wallet", timezone: str = _SHANGHAI
    ) -> Table[SubledgerBalance]:
        """What the wallet of each channel holds: the sum of net amounts. Trade bills do not count, which fund bills say again.

        Args:
            transactions: Movements of channels.
            as_of: Day at whose end the balances stand.
            role: Role of their account.
            timezone: Zone in which days count.
        """
        key = ("book_id", "channel")
        number = _identity("channel_txn_id", "channel_refund_id", "type", "occurred_at")
        side = take("transactions", ChannelTransaction, transactions, role=Role.EVIDENCE, key=key, identity=number)
        net = pl.coalesce("net_minor", pl.col("amount_minor") + pl.col("fee_minor").fill_null(0))
        is_fund = pl.col("bill_kind").fill_null("fund") == "fund"
        rows = side.frame.filter(~pl.col("is_repeat") & is_fund).with_columns(
            pl.col("channel").alias("party"), local_day("occurred_at", timezone).alias("day"), net.alias("minor")
        )
        return _balances(rows, role, as_of)

    @staticmethod
    def receivables(
        outcome: Outcome, *, as_of: date, role: str = "ar_platform", unsold: Collection[str] = ()
    ) -> Table[SubledgerBalance]:
        """What platforms still owe by orders: the open amounts of a `Settlement`'s outcome, by shop.

        Args:
            outcome: Outcome of `Settlement`.
            as_of: Day at whose end they stand; the outcome's own.
            role: Role of their account.
            unsold: Statuses of orders whose sale the books do not have yet, such as `paid` where a sale is booked on shipment:
                what is settled of them is owed to the platform.

        Raises:
            InputError: The outcome is of another reconciliation.
        """
        if outcome.reconciliation != "settlement":
            raise InputError(f"an outcome of settlement is needed, got {outcome.reconciliation}", where="receivables")
        is_unsold = pl.col("order_status").is_in(list(unsold)).fill_null(value=False)
        owed = pl.when(is_unsold).then(-pl.col("settled_minor")).otherwise("open_minor")
        rows = outcome.lines.filter(pl.col("open_minor").is_not_null()).with_columns(
            pl.lit(as_of).alias("day"), owed.alias("minor")
        )
        return _balances(rows, role, as_of)

    @staticmethod
    def courier_payables(
        charges: FrameLike, *, as_of: date, paid: FrameLike = None, before: FrameLike = None, role: str = "ap_courier"
    ) -> Table[SubledgerBalance]:
        """What each courier is owed: its charges less what was paid, as a credit.

        Args:
            charges: Lines of courier bills; one without a day counts.
            as_of: Day at whose end the balances stand.
            paid: Movements of payments, as debits, with the courier as their party.
            before: What `courier_movements` gave of an earlier period, on which these follow.
            role: Role of their account.
        """
        moved = Subledgers.courier_movements(charges, as_of=as_of, paid=paid, before=before, role=role)
        rows = moved.to_polars().with_columns(pl.col("happened_on").alias("day"), pl.col("amount_minor").alias("minor"))
        return _balances(rows.select("book_id", "party", "day", "minor", "currency"), role, as_of)

    @staticmethod
    def courier_movements(
        charges: FrameLike, *, as_of: date, paid: FrameLike = None, before: FrameLike = None, role: str = "ap_courier"
    ) -> Table[SubledgerMovement]:
        """What each bill charged by day, as credits, and what was paid: all that the next period needs of earlier bills.

        A bill that is read again takes the place of all that was said of it, days that it leaves empty now too. Where most of its
        days come after the last one of before, the number is one of many months, and only days that are read again are replaced.
        Lines without a number of their bill are told apart by their file, and without a file too are added to those before.

        Args:
            charges: Lines of courier bills; one without a day is of the last one.
            as_of: The last day of the period; movements of later days are kept, and count later.
            paid: Movements of payments, as debits, with the courier as their party.
            before: What this gave of the period before.
            role: Role of their account.
        """
        line = _identity("tracking_no", "carrier", "bill_no", "charge_type", "leg", "ship_date", "source_line")
        side = take("charges", CourierCharge, charges, role=Role.EVIDENCE, key=("book_id",), identity=line)
        number = pl.coalesce("bill_no", "source_sha256").alias("document")
        by_day = side.frame.filter(~pl.col("is_repeat")).group_by("book_id", "carrier", number, "ship_date", "currency")
        day = pl.col("ship_date").cast(pl.String).fill_null("")
        billed = by_day.agg(-pl.col("amount_minor").sum()).select(
            "book_id",
            pl.concat_str("carrier", pl.col("document").fill_null(""), day, separator=" ").alias("movement_id"),
            pl.lit("charges").alias("kind"), "document", pl.col("carrier").alias("party"),
            pl.col("ship_date").fill_null(as_of).alias("happened_on"), "amount_minor", "currency", "ship_date",
        )  # fmt: skip
        payments = take("paid", SubledgerMovement, paid, role=Role.EVIDENCE, key=("book_id", "role", "movement_id"))
        given = payments.frame.filter(~pl.col("is_repeat") & (pl.col("role") == role)).select(
            "book_id", "movement_id", pl.lit("paid").alias("kind"), pl.col("movement_id").alias("document"),
            "party", "happened_on", "amount_minor", "currency",
        )  # fmt: skip
        new = pl.concat([billed.drop("ship_date"), given])
        earlier = take("before", SubledgerMovement, before, role=Role.EVIDENCE, key=(*_MOVEMENT, "currency"))
        named = new.drop_nulls("document")
        held = earlier.frame.select(new.columns).join(named, on=_MOVEMENT, how="anti", nulls_equal=True)
        old = held.join(_said_again(earlier.frame, billed), on=_DOCUMENT, how="anti", nulls_equal=True)
        of = [name for name in new.columns if name not in {"happened_on", "amount_minor"}]
        sums = pl.concat([old, new]).group_by(of).agg(pl.col("happened_on").min(), pl.col("amount_minor").sum())
        return _table(sums.sort(of, nulls_last=True).with_columns(pl.lit(role).alias("role")), SubledgerMovement)

    @staticmethod
    def stocks(
        movements: FrameLike,
        *,
        as_of: date,
        before: FrameLike = None,
        role: str = "inventory",
        timezone: str = _SHANGHAI,
    ) -> Table[SubledgerBalance]:
        """What the stock of each warehouse is worth: the sum of quantity x unit cost of all its movements (`domain.md` C40).

        Args:
            movements: Movements of stock, from the beginning or from the balances before on.
            as_of: Day at whose end the balances stand.
            before: Balances by the end of the period before, on which movements of after it follow; where one of a warehouse
                is of before, the movements of that warehouse reach back and are whole by themselves.
            role: Role of their account.
            timezone: Zone in which days count.

        Raises:
            InputError: A movement says no cost or no moment, so that the stock has no value.
        """
        key = ("book_id", "movement_id", "sku")
        number = _identity("movement_id", "warehouse")
        side = take("movements", StockMovement, movements, role=Role.EVIDENCE, key=key, identity=number)
        rows = side.frame.filter(~pl.col("is_repeat"))
        unvalued = rows.filter(pl.col("unit_cost_minor").is_null() | pl.col("occurred_at").is_null())
        if unvalued.height:
            first = unvalued.sort("movement_id", "sku")["movement_id"][0]
            raise InputError(f"{unvalued.height} movements say no cost or no moment, {first} first", where="movements")
        parts = pl.col("quantity").to_physical().cast(pl.Int128)
        value = divide_half_up_expr(parts * pl.col("unit_cost_minor"), _PARTS)
        columns = [*_PLACE, "day", "minor"]
        dated = rows.with_columns(local_day("occurred_at", timezone).alias("day"), value.alias("minor")).select(columns)
        start = take("before", SubledgerBalance, before, role=Role.EVIDENCE, key=(*_PLACE, "role"))
        opened = start.frame.with_columns(pl.col("as_of").alias("day"), pl.col("amount_minor").alias("minor"))
        reach_back = dated.filter(pl.col("day") <= pl.lit(opened["day"].max(), pl.Date)).select(_PLACE).unique()
        gone_on = opened.select(columns).join(reach_back, on=_PLACE, how="anti", nulls_equal=True)
        return _balances(pl.concat([gone_on, dated]), role, as_of)

    @staticmethod
    def reserves(
        settlements: FrameLike, *, as_of: date, role: str = "reserve_held", timezone: str = _SHANGHAI
    ) -> Table[SubledgerBalance]:
        """What platforms hold back: the reserve of each shop's last settlement.

        Args:
            settlements: Settlements with their reserves.
            as_of: Day at whose end the balances stand.
            role: Role of their account.
            timezone: Zone in which days count.
        """
        key = ("book_id", "platform", "shop_id", "settlement_id")
        side = take("settlements", Settlement, settlements, role=Role.EVIDENCE, key=key)
        day = pl.coalesce(local_day("period_end", timezone), local_day("period_start", timezone))
        dated = side.frame.with_columns(day.alias("day"), pl.col("reserve_current_minor").alias("minor"))
        known = dated.filter(pl.col("minor").is_not_null() & (pl.col("day") <= as_of))
        of = ["book_id", "platform", "shop_id", "currency"]
        last = known.sort(*of, "day", "settlement_id", nulls_last=True).unique(of, keep="last", maintain_order=True)
        return _balances(last, role, as_of)

    @staticmethod
    def refunds(
        refunds: FrameLike, *, role: str = "ar_platform", timezone: str = _SHANGHAI
    ) -> Table[SubledgerMovement]:
        """Refunds that succeeded as movements of kind `refund`, whose vouchers refer to them by number (`domain.md` C37).

        Args:
            refunds: Refunds, of which the last version that succeeded counts.
            role: Role of the account that they are booked on.
            timezone: Zone in which days count.
        """
        key = ("book_id", "platform", "shop_id", "refund_id")
        side = take("refunds", Refund, refunds, role=Role.EVIDENCE, key=key)
        done = side.frame.filter((pl.col("status") == "succeeded") & pl.col("succeeded_at").is_not_null())
        order = [pl.col("version").str.len_chars(), pl.col("version"), pl.col("succeeded_at"), pl.col("amount_minor")]
        last = done.sort(*map(pl.col, key), *order, nulls_last=False).unique(key, keep="last", maintain_order=True)
        return _table(
            last.with_columns(
                pl.col("refund_id").alias("movement_id"),
                pl.lit("refund").alias("kind"),
                pl.lit(role).alias("role"),
                pl.col("channel").alias("party"),
                local_day("succeeded_at", timezone).alias("happened_on"),
                -pl.col("amount_minor"),
            ),
            SubledgerMovement,
        )

    @staticmethod
    def journal(vouchers: Iterable[Voucher]) -> Table[LedgerLine]:
        """The lines of our own vouchers as lines of the books, for books that are kept by what was posted.

        A line refers to no document but its voucher: `movements` name the voucher as their document where they are to be found.

        Args:
            vouchers: Vouchers as `posting` makes them.
        """
        return Table.from_records([_line(one, line) for one in vouchers for line in one.lines], LedgerLine)

    @staticmethod
    def accounts(journal: FrameLike, *, as_of: date, before: FrameLike = None) -> Table[AccountBalance]:
        """Balances of accounts by the lines of their vouchers, for books that give out vouchers and no balances.

        Args:
            journal: Lines of vouchers.
            as_of: Day at whose end the balances stand.
            before: Balances that the lines follow on; lines of their days, or of before, do not count. Totals of accounts that
                are listed too are left out.
        """
        of = ["book_id", "account", "currency"]
        side = take("journal", LedgerLine, journal, role=Role.EVIDENCE, key=("book_id", "voucher_id", "line_no"))
        start = take("before", AccountBalance, before, role=Role.EVIDENCE, key=("book_id", "account", "as_of"))
        listed = start.frame.filter(~pl.col("is_repeat"))
        opened = (
            listed.filter(~pl.col("row").is_in(account_totals(listed).implode()))
            .sort(*of, "as_of", nulls_last=True)
            .unique(of, keep="last", maintain_order=True)
            .select(*of, pl.col("as_of").alias("since"), pl.col("amount_minor").alias("opening_minor"))
        )
        lines = side.frame.filter(~pl.col("is_repeat") & (pl.col("date") <= as_of))
        counted = lines.join(opened, on=of, how="left", nulls_equal=True).filter(
            pl.col("since").is_null() | (pl.col("date") > pl.col("since"))
        )
        moved = counted.group_by(of).agg(
            pl.col("debit_minor").fill_null(0).sum(),
            pl.col("credit_minor").fill_null(0).sum(),
            pl.col("amount_minor").sum().alias("moved"),
        )
        every = moved.join(opened.drop("since"), on=of, how="full", coalesce=True, nulls_equal=True).with_columns(
            pl.lit(as_of).alias("as_of"),
            (pl.col("opening_minor").fill_null(0) + pl.col("moved").fill_null(0)).alias("amount_minor"),
            pl.col("debit_minor", "credit_minor").fill_null(0),
        )
        return _table(every.sort(of, nulls_last=True), AccountBalance)


def _identity(number: str, *names: str) -> pl.Expr:
    """A number and what else names a record, as one text; null for a record without the number, which repeats none."""
    text = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in (number, *names)], separator="\x1f")
    return pl.when(pl.col(number).is_not_null()).then(text)


def _line(voucher: Voucher, line: JournalLine) -> LedgerLine:
    return LedgerLine(
        book_id=voucher.book_id,
        provenance=line.sources[0] if line.sources else None,
        voucher_id=voucher.voucher_id,
        line_no=line.line_no,
        date=voucher.date,
        period=voucher.period,
        word=voucher.word,
        number=voucher.number,
        status=voucher.status,
        summary=line.summary,
        account=line.account,
        account_name=line.account_name,
        debit=line.debit,
        credit=line.credit,
        amount=line.amount,
        aux=line.aux,
    )


def _said_again(before: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """The bills that are read again as a whole, as `_DOCUMENT`: most of their days are not after the last one of before."""
    last = before.drop_nulls("document").group_by(_DOCUMENT).agg(pl.col("happened_on").max().alias("last"))
    both = billed.join(last, on=_DOCUMENT, nulls_equal=True)
    is_after = (pl.col("ship_date") > pl.col("last")).fill_null(value=False)
    counted = both.group_by(_DOCUMENT).agg(is_after.sum().alias("after"), pl.len().alias("days"))
    return counted.filter(2 * pl.col("after") <= pl.col("days")).select(_DOCUMENT)


def _balances(rows: pl.DataFrame, role: str, as_of: date) -> Table[SubledgerBalance]:
    """Sums up to a day by what the rows tell apart; a row without a day counts."""
    of = [
        "book_id",
        *(name for name in ("platform", "shop_id", "party", "warehouse") if name in rows.columns),
        "currency",
    ]
    until = rows.filter((pl.col("day") <= as_of).fill_null(value=True))
    sums = until.group_by(of).agg(pl.col("minor").sum().alias("amount_minor")).sort(of, nulls_last=True)
    return _table(sums.with_columns(pl.lit(role).alias("role"), pl.lit(as_of).alias("as_of")), SubledgerBalance)


def _table(rows: pl.DataFrame, record: type[R]) -> Table[R]:
    wanted = schema_of(record)
    empty = {"raw": pl.lit("{}")}
    columns = [
        (pl.col(name) if name in rows.columns else empty.get(name, pl.lit(None))).cast(dtype).alias(name)
        for name, dtype in wanted.items()
    ]
    return Table(rows.select(columns), record)
