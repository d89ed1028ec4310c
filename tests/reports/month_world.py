"""The shop's month of `scenarios/shop_month.md` as the data of reports: clean, with its faults, and with very many discrepancies.

    from reports.month_world import clean_month, faulty_month, many_discrepancies

Made once in a process, of the generator of the story, without a file being read.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from itertools import starmap

import attrs
import polars as pl

from scenarios._shop_month import AS_OF, PAYERS, Sale, shop_month, yuan
from tieout.chain import Chain
from tieout.model import (
    AccountBalance,
    BankTransaction,
    ChannelTransaction,
    CourierCharge,
    CourierInvoice,
    Discrepancy,
    Event,
    Order,
    Refund,
    Return,
    SettlementLine,
    Shipment,
    StockDocument,
    StockMovement,
)
from tieout.model import (
    Payout as PayoutRecord,
)
from tieout.model import (
    Settlement as SettlementRecord,
)
from tieout.model import (
    StockCount as StockCountRecord,
)
from tieout.outcome import CarryForward, Outcome
from tieout.posting import Book, post, trial_balance
from tieout.proof import Check, Proof
from tieout.reconciliations import (
    AfterSales,
    CourierBill,
    Dispatch,
    FeeContract,
    Inbound,
    LedgerAccount,
    LedgerTieout,
    Orders,
    Outbound,
    Payments,
    Payout,
    Promotions,
    Receipts,
    Returns,
    Settlement,
    StockCount,
    Subledgers,
)
from tieout.reports import FileRead, ReportData, StageReport
from tieout.tables import Table, schema_of
from tieout.tariffs import RateCard

PERIOD = "2026-10"
ORDERS = 300
"""As many as the tests need to see each case of each kind; the story has 1,500."""
RECORDS = {
    "orders": Order,
    "shipments": Shipment,
    "returns": Return,
    "refunds": Refund,
    "lines": SettlementLine,
    "settlements": SettlementRecord,
    "payouts": PayoutRecord,
    "bank": BankTransaction,
    "transactions": ChannelTransaction,
    "charges": CourierCharge,
    "invoices": CourierInvoice,
    "movements": StockMovement,
    "documents": StockDocument,
    "counts": StockCountRecord,
}
FEES = (
    FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=True),
    FeeContract(platform="tmall", line_type="payment_fee", rate=Decimal("0.006")),
    FeeContract(platform="pdd", line_type="tech_service_fee", rate=Decimal("0.006")),
)
ACCOUNTS = {
    ("inventory", None): "1405.01",
    ("ar_platform", "tmall"): "1122.01",
    ("ar_platform", "pdd"): "1122.02",
    ("ap_courier", "zto"): "2202.01",
    ("ap_courier", "sf"): "2202.02",
}


def _card(carrier, first, further):
    text = f"""
name = "{carrier} 2026"
carrier = "{carrier}"
currency = "CNY"
[terms]
timezone = "Asia/Shanghai"
vat_percent = 6
[[versions]]
id = "2026"
from = 2026-01-01
weight = {{ rounding = {{ mode = "ceil", step = 1 }} }}
prices = {{ model = "first_continued", first_weight = 1, first = {first}, step = 1, continued = {further} }}
returns = {{ mode = "share", percent = 50 }}
"""
    return RateCard.loads(text, name=f"{carrier}.toml")


def month_outcomes(month, erp_orders=None, wrong=None):
    """All reconciliations of a month, as the story runs them.

    Args:
        month: The records.
        erp_orders: What the ERP has; None for the same orders.
        wrong: What the bookkeeper booked too much, by account.
    """
    tmall = {"orders": month.of("tmall", "orders"), "refunds": month.of("tmall", "refunds")}
    goods = {"shipments": month.shipments, "returns": month.returns}
    settled = Settlement(as_of=AS_OF, fees=FEES).run(
        orders=month.orders, lines=month.lines, refunds=month.refunds, settlements=month.settlements
    )
    couriers = [
        CourierBill(rate_card=card, as_of=AS_OF).run(
            charges=[charge for charge in month.charges if charge.carrier == card.carrier],
            invoices=[bill for bill in month.invoices if bill.carrier == card.carrier],
            **goods,
        )
        for card in starmap(_card, (("zto", "3.00", "0.90"), ("sf", "8.00", "2.00")))
    ]
    return [
        Orders(as_of=AS_OF).run(orders=month.orders, erp_orders=month.orders if erp_orders is None else erp_orders),
        Payments(as_of=AS_OF, channels=("alipay",)).run(transactions=month.transactions, **tmall),
        Dispatch(as_of=AS_OF).run(orders=month.orders, **goods),
        Outbound(as_of=AS_OF).run(orders=month.orders, movements=month.movements, **goods),
        Returns(as_of=AS_OF).run(movements=month.movements, orders=month.orders, charges=month.charges, **goods),
        Inbound(as_of=AS_OF).run(documents=month.documents, movements=month.movements),
        StockCount(as_of=AS_OF).run(counts=month.counts, movements=month.movements, previous=month.opening_counts),
        *couriers,
        AfterSales(as_of=AS_OF, commission_back=("tmall",)).run(
            refunds=month.refunds,
            orders=month.orders,
            transactions=month.transactions,
            lines=month.lines,
            movements=month.movements,
            **goods,
        ),
        Promotions(as_of=AS_OF).run(orders=month.orders, lines=month.lines, refunds=month.refunds),
        settled,
        Payout(as_of=AS_OF).run(settlements=month.settlements, payouts=month.payouts),
        Receipts(as_of=AS_OF).run(payouts=month.payouts, bank=month.bank),
        _tied(month, settled, wrong or {}),
    ]


def _tied(month, settled, wrong):
    ledgers = [
        *Subledgers.stocks(month.movements, as_of=AS_OF),
        *Subledgers.receivables(settled, as_of=AS_OF),
        *Subledgers.courier_payables(month.charges, as_of=AS_OF),
    ]
    balances = []
    for one in ledgers:
        account = ACCOUNTS[one.role, one.platform or one.party]
        off = wrong.get(account, yuan(0))
        balances.append(AccountBalance(account=account, as_of=AS_OF, amount=one.amount + off))
    roles = [
        LedgerAccount(
            account=account,
            role=role,
            platform=of if role == "ar_platform" else None,
            party=of if role == "ap_courier" else None,
        )
        for (role, of), account in ACCOUNTS.items()
    ]
    return LedgerTieout(accounts=roles, as_of=AS_OF).run(subledgers=ledgers, balances=balances)


def month_data(month, erp_orders=None, wrong=None):
    """The data of reports of a month.

    Args:
        month: The records.
        erp_orders: What the ERP has; None for the same orders.
        wrong: What the bookkeeper booked too much, by account.
    """
    outcomes = month_outcomes(month, erp_orders, wrong)
    book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
    vouchers = post(outcomes, book=book, period=PERIOD)
    tables = {record.__name__: Table.from_records(getattr(month, side), record) for side, record in RECORDS.items()}
    tables["erp_orders"] = Table.from_records(month.orders if erp_orders is None else erp_orders, Order)
    tables["previous"] = Table.from_records(month.opening_counts, StockCountRecord)
    proof = Proof.join([*(one.proof for one in outcomes), vouchers.proof, Chain(outcomes).proof])
    found = sum(len(one.discrepancies) for one in outcomes)
    files = _files(tables)
    return ReportData(
        name="Lamp House",
        period=PERIOD,
        as_of=AS_OF,
        currency="CNY",
        tables=tables,
        outcomes=outcomes,
        vouchers=vouchers,
        balances=_balances(trial_balance(vouchers, book=book, period=PERIOD).accounts, book),
        files=files,
        rejects=_no_rejects(),
        stages=_stages(files, tables, outcomes, vouchers, found),
        proof=proof,
    )


def _balances(accounts, book):
    def signed(name):
        return (pl.col(f"{name}_debit_minor") - pl.col(f"{name}_credit_minor")).alias(f"{name}_minor")

    roles = {account.code: role for role, account in reversed(book.mapped.accounts.items())}
    return accounts.select(
        "account",
        pl.col("account_name").alias("name"),
        pl.col("account").replace_strict(roles, default=None, return_dtype=pl.String).alias("role"),
        signed("opening"),
        "debit_minor",
        "credit_minor",
        signed("closing"),
        "currency",
    )


def _files(tables):
    """As if every record had been read of the file that it names."""
    named = [
        table.to_polars().group_by("source_file", "source_sha256").len()
        for table in tables.values()
        if "source_file" in table.columns
    ]
    rows = (
        pl.concat(named)
        .drop_nulls("source_file")
        .group_by("source_file")
        .agg(pl.col("source_sha256").min(), pl.col("len").sum())
    )
    return [
        FileRead(file=name, format="generic_table", sha256=digest or "", size=64 * count, records=count)
        for name, digest, count in rows.sort("source_file").iter_rows()
    ]


def _no_rejects():
    return pl.DataFrame(schema={"file": pl.String, "line": pl.Int64, "reason": pl.String, "raw": pl.String})


def _stages(files, tables, outcomes, vouchers, found):
    word, tied = "attention" if found else "done", len(outcomes[-1].discrepancies)
    counts = {
        "collect": (
            ("files", len(files)),
            ("files read", len(files)),
            ("records", sum(map(len, tables.values()))),
            ("rejects", 0),
        ),
        "detect": (
            ("reconciliations", len({one.reconciliation for one in outcomes[:-1]})),
            ("runs", len(outcomes) - 1),
            ("discrepancies", found - tied),
        ),
        "resolve": (("discrepancies", found), ("open cases", found)),
        "tie_outs": (("balances of the books that differ", tied),),
        "accruals": (("events", sum(len(one.events) for one in outcomes)),),
        "vouchers": (("vouchers", len(vouchers)),),
    }
    done = [
        StageReport(name=name, status=word if name in {"detect", "resolve", "tie_outs"} else "done", counts=said)
        for name, said in counts.items()
    ]
    return [*done, StageReport(name="ledgers", status="skipped"), StageReport(name="archive", status="done")]


def planted_month(orders=1500):
    """The month with the faults of the story: the records, what the ERP has, and what the books have too much."""
    month = shop_month(orders)
    _plant_at_the_desk(month)
    _plant_in_the_warehouse(month)
    _plant_at_couriers_and_platforms(month)
    month.end()
    short = month.payouts[month.find("payouts", payout_id="TXPDD-1010")].amount
    month.edit("payouts", {"amount": short + yuan(10_000)}, payout_id="TXPDD-1010")
    month.edit("bank", {"amount": -short - yuan(10_000)}, memo="提现 TXPDD-1010")
    month.drop("bank", memo="提现 TXTMALL-1015")
    month.bank.append(
        BankTransaction(
            account="8888",
            booked_on=date(2026, 10, 22),
            amount=yuan(6_660),
            counterparty=PAYERS["pdd"],
            memo="转账",
            bank_ref="B901",
        )
    )
    in_erp = [order for order in month.orders if order.platform_order_id != "T00045"]
    return month, in_erp, {"1405.01": yuan(110_000)}


def _plant_at_the_desk(month):
    month.drop("transactions", channel_txn_id="AT00031")
    month.book("trade", "ASTRANGER", "STRANGER", 8_800, month.transactions[0].occurred_at)
    month.edit("transactions", {"amount": yuan(25_000)}, channel_txn_id="AT00032")
    month.sell("tmall", "T90001", 20, {"cup": 1})
    never = {"status": "paid", "shipped_at": None, "signed_at": None, "completed_at": None}
    month.edit("orders", never, platform_order_id="T90001")
    month.send(Sale("pdd", "sf", "P00033", 3, {"teapot": 2}, 0, 0), "SFP00033X", 4)
    month.shelves["teapot"] -= 2
    for side in ("shipments", "charges", "movements"):
        month.drop(side, tracking_no="SFT00027N")
    month.shelves["cup"] += 2
    month.drop("returns", return_id="CP00039")


def _plant_in_the_warehouse(month):
    month.edit("movements", {"quantity": Decimal(190)}, document_ref="PO-2")
    month.shelves["kettle"] -= 10
    invoice = month.documents[month.find("documents", document_id="IN-3")]
    dearer = attrs.evolve(invoice.lines[0], unit_price=yuan(4_100))
    month.edit("documents", {"lines": (dearer,)}, document_id="IN-3")
    month.drop("movements", tracking_no="ZTT00041")
    month.shelves["kettle"] -= 1
    month.drop("movements", return_id="CP00159")
    month.edit("movements", {"condition": "C"}, return_id="CP00303", sku="teapot")


def _plant_at_couriers_and_platforms(month):
    month.edit("charges", {"amount": yuan(480), "billed_weight_g": Decimal(3000)}, tracking_no="ZTT00011")
    month.bill("zto", "ZTNOBODY", 9, 300, 900)
    twice = month.charges[month.find("charges", tracking_no="SFT00021")]
    month.charges.append(attrs.evolve(twice, provenance=month.place("charges", "sf_bill.csv")))
    month.edit("lines", {"amount": yuan(-1_530)}, platform_order_id="T00010", type="commission")
    for kind in ("sale", "platform_subsidy", "commission", "payment_fee", "freight_insurance"):
        month.drop("lines", platform_order_id="T00022", type=kind)
    for kind in ("sale_refund", "subsidy_clawback", "fee_refund"):
        month.drop("lines", platform_order_id="T00015", type=kind)
    month.settle("tmall", None, 12, penalty=-5_000)
    month.settle("tmall", "T99999", 13, sale=4_500)
    month.drop("lines", platform_order_id="P00029", type="platform_subsidy")
    month.settle("pdd", "P00028", 10, sale_refund=-24_000)


@cache
def clean_month(orders=ORDERS):
    """A month in which nothing is wrong."""
    return month_data(shop_month(orders).end())


@cache
def faulty_month():
    """The month of the story, 1,500 orders with every fault of its table."""
    return month_data(*planted_month())


@cache
def month_chain(which="faulty"):
    """The chain of the outcomes of `clean_month` or `faulty_month`."""
    return Chain({"clean": clean_month, "faulty": faulty_month}[which]().outcomes)


KINDS_OF_FINDING = (
    ("courier_bill", "courier.overweight", "low", 90, "logistics"),
    ("courier_bill", "courier.duplicate", "medium", 800, "logistics"),
    ("courier_bill", "courier.not_ours", "medium", 300, "logistics"),
    ("courier_bill", "courier.wrong_zone", "low", 250, "logistics"),
    ("courier_bill", "courier.undercharged", "low", -130, "logistics"),
    ("settlement", "settlement.order_missing", "high", -19_000, "platform_ops"),
    ("settlement", "settlement.commission_rate_wrong", "low", -190, "platform_ops"),
    ("settlement", "settlement.subsidy_missing", "medium", -2_000, "platform_ops"),
    ("settlement", "settlement.amount_mismatch", "medium", 1_500, "platform_ops"),
    ("payments", "channel.amount_mismatch", "medium", -500, "cashier"),
)
"""Reconciliation, type, severity, impact in cents and who handles it, of the synthetic discrepancies."""
CHINESE = {
    "courier.overweight": "计费重量高于实际重量",
    "courier.duplicate": "重复计费",
    "courier.not_ours": "非本店运单",
    "courier.wrong_zone": "分区错误",
    "courier.undercharged": "少计运费",
    "settlement.order_missing": "订单未结算",
    "settlement.commission_rate_wrong": "佣金费率错误",
    "settlement.subsidy_missing": "平台补贴未到",
    "settlement.amount_mismatch": "结算金额不符",
    "channel.amount_mismatch": "支付金额不符",
}


@cache
def many_discrepancies(count):
    """A period of so many discrepancies of ten types, made in columns: what a page of 100,000 rows is tried with.

    Their keys, amounts and days differ; there is no record behind them. 100,000 take less than a second.

    Args:
        count: How many discrepancies.
    """
    outcomes = [
        _outcome_of(name, count) for name in dict.fromkeys(reconciliation for reconciliation, *_ in KINDS_OF_FINDING)
    ]
    found = sum(len(one.discrepancies) for one in outcomes)
    return ReportData(
        name="Lamp House",
        period=PERIOD,
        as_of=AS_OF,
        currency="CNY",
        outcomes=outcomes,
        rejects=_no_rejects(),
        stages=[
            StageReport(name="collect", status="done", counts=(("files", 0), ("records", 0), ("rejects", 0))),
            StageReport(
                name="detect",
                status="attention",
                counts=(("reconciliations", len(outcomes)), ("discrepancies", found)),
            ),
            StageReport(name="resolve", status="attention", counts=(("open cases", found),)),
        ],
        proof=Proof.join(one.proof for one in outcomes),
    )


def _outcome_of(reconciliation, count):
    """The outcome of one reconciliation among those of `many_discrepancies`."""
    kinds = pl.DataFrame(
        [(place, kind, *rest) for place, (_, kind, *rest) in enumerate(KINDS_OF_FINDING)],
        schema=["place", "type", "severity", "base", "owner"],
        orient="row",
    ).filter(pl.Series([one[0] == reconciliation for one in KINDS_OF_FINDING]))
    number = pl.col("number")
    rows = (
        pl.DataFrame({"number": pl.int_range(count, eager=True)})
        .with_columns((number * 7 % len(KINDS_OF_FINDING)).alias("place"))
        .join(kinds, on="place", maintain_order="left")
    )
    text = number.cast(pl.String).str.zfill(7)
    is_courier = pl.col("type").str.starts_with("courier.")
    keys = (
        pl.when(is_courier)
        .then(pl.concat_str(pl.lit('{"bill_no":"SF-2026-10","tracking_no":"SF'), text, pl.lit('"}')))
        .otherwise(
            pl.concat_str(pl.lit('{"platform":"'), _platform(), pl.lit('","platform_order_id":"T'), text, pl.lit('"}'))
        )
    )
    impact = pl.col("base") + pl.col("base").sign() * (number * 13 % 97)
    said = {
        "discrepancy_id": pl.concat_str(pl.lit("d"), text),
        "type": pl.col("type"),
        "severity": pl.col("severity"),
        "impact_minor": impact,
        "expected_minor": pl.lit(20_000),
        "actual_minor": 20_000 + impact,
        "currency": pl.lit("CNY"),
        "claimable": is_courier & (impact > 0),
        "factor": pl.when(is_courier).then(pl.lit("weight")),
        "secondary": pl.lit([], dtype=pl.List(pl.String)),
        "keys": keys,
        "evidence": pl.lit("{}"),
        "diffs": pl.lit("{}"),
        "reason": pl.format("{} of number {}", "type", text),
        "reason_zh": pl.format("{}，编号 {}", pl.col("type").replace(CHINESE), text),
        "next_step": pl.lit("ask the other side"),
        "next_step_zh": pl.lit("与对方核对"),
        "period": pl.lit(PERIOD),
        "state": pl.lit("open"),
        "owner": pl.col("owner"),
        "due_on": pl.lit(date(2026, 10, 1)) + pl.duration(days=number % 60),
        "source_format": pl.lit("generic_table"),
        "source_file": pl.when(is_courier).then(pl.lit("sf_bill.csv")).otherwise(pl.lit("settlement.csv")),
        "source_sha256": pl.lit("ab" * 32),
        "source_line": number + 2,
    }
    schema = schema_of(Discrepancy)
    frame = rows.select(said.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items())
    total = int(frame["impact_minor"].sum())
    stated = 20_000 * frame.height
    return Outcome(
        reconciliation=reconciliation,
        parameters={"as of": AS_OF.isoformat(), "time zone": "Asia/Shanghai"},
        matches=pl.DataFrame(schema={"left": pl.Int64, "right": pl.Int64}),
        lines=pl.DataFrame(),
        discrepancies=Table(frame, Discrepancy),
        events=Table(pl.DataFrame(schema=schema_of(Event)), Event),
        proof=Proof(
            [Check(name="actual - expected", side="both", currency="CNY", total=total, parts={"discrepancies": total})]
        ),
        carry_forward=CarryForward(items=pl.DataFrame(), sides={}),
        totals={("expected", "CNY"): stated, ("actual", "CNY"): stated + total},
    )


def _platform():
    return pl.when(pl.col("number") % 3 == 0).then(pl.lit("pdd")).otherwise(pl.lit("tmall"))
