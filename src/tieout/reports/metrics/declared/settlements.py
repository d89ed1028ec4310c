"""Settlements: what platforms take, and how far what they owe is collected."""

import polars as pl

from tieout.reports.metrics.metric import Metric, count, total

__all__ = ["METRICS"]

_settled = total("settled", "amount_minor", pl.col("is_receivable"))
_fees = total("settled", "fee_minor", pl.col("is_fee"))
_rated = total("settled", "fee_minor", pl.col("is_rated"))
_contract = total("contract_fees", "fee_minor")
_outstanding = total("collection", "open_minor", pl.col("is_waiting"), standing=True)

METRICS = (
    Metric(
        name="settled_receivable",
        title="Settled sales",
        title_zh="已结算销售额",
        formula="sum of the settlement lines that bring what buyers and funders pay: sale, shipping, tax and subsidies",
        of=_settled,
        unit="money",
        better="more",
    ),
    Metric(
        name="platform_fees",
        title="Platform fees",
        title_zh="平台费用",
        formula="sum of the fee lines (commission to fx_fee), what was given back of them taken off",
        of=_fees,
        unit="money",
        better="less",
    ),
    Metric(
        name="take_rate",
        title="Effective take rate",
        title_zh="实际综合费率",
        formula="platform fees / what was settled of merchant_receivable",
        of=_fees,
        per=_settled,
        unit="share",
        better="less",
    ),
    Metric(
        name="rated_take_rate",
        title="Take rate of the fees that a contract rates",
        title_zh="合同约定费用的实际费率",
        formula="platform fees of types that the contract rates / what was settled of merchant_receivable",
        of=(_rated, total("contract_fees", "fee_minor", pl.lit(value=False))),
        per=_settled,
        unit="share",
        better="less",
    ),
    Metric(
        name="contract_take_rate",
        title="Take rate by contract",
        title_zh="合同费率",
        formula="fees as the contract makes them / what was settled of merchant_receivable",
        of=_contract,
        per=_settled,
        unit="share",
    ),
    Metric(
        name="fees_over_contract",
        title="Fees above the contract",
        title_zh="超合同费用",
        formula="platform fees of types that the contract rates - fees as the contract makes them",
        of=(_rated, _contract.minus()),
        unit="money",
        better="less",
    ),
    Metric(
        name="outstanding",
        title="Outstanding",
        title_zh="未回款",
        formula="merchant_receivable less refunds and what was settled, of orders not yet settled, on the as-of day",
        of=_outstanding,
        unit="money",
        better="less",
        note="By age it is the settlement ageing: days past the expected day.",
    ),
    Metric(
        name="unreceived",
        title="Unreceived",
        title_zh="逾期未到款",
        formula="what is open of orders whose expected day is before the as-of day, beyond the tolerance",
        of=total("collection", "open_minor", pl.col("is_unreceived"), standing=True),
        unit="money",
        better="less",
    ),
    Metric(
        name="unreceived_orders",
        title="Unreceived orders",
        title_zh="逾期未到款订单数",
        formula="orders of which something is unreceived",
        of=count("collection", pl.col("is_unreceived"), standing=True),
        unit="count",
        better="less",
    ),
    Metric(
        name="collection_rate",
        title="Collection rate",
        title_zh="回款率",
        formula="settled / receivable less refunds, of orders that are due on the as-of day",
        of=total("collection", "due_settled_minor", standing=True),
        per=total("collection", "due_minor", standing=True),
        unit="share",
        better="more",
    ),
    Metric(
        name="dso",
        title="Days sales outstanding",
        title_zh="应收账款周转天数（DSO）",
        formula="average outstanding of the period / sales of a day less refunds",
        of=total("outstanding", "days_minor"),
        per=total("outstanding", "sales_minor"),
        unit="days",
        better="less",
        note="The average is over the days of the period; days and sales are counted of the records that were compared.",
    ),
)
