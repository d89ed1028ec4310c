"""Bills of couriers on a statement: what each header states, and what its lines sum to (`domain.md` C07)."""

import attrs
import polars as pl

from tieout.reports.cells import SOURCE, count, currency, flag, money, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report, Section
from tieout.reports.versions import in_order

__all__ = ["with_bills"]


def with_bills(report: Report, data: ReportData, charges: pl.DataFrame) -> Report:
    """A statement of couriers with its bills.

    Args:
        report: The statement.
        data: The period, whose `CourierInvoice`s are the headers.
        charges: Lines: `carrier`, `bill_no`, `currency`, `billed_minor`.
    """
    key = ("carrier", "bill_no", "currency")
    lines = charges.with_columns(pl.lit(1, dtype=pl.Int64).alias("lines"))
    frame = lines.group_by(key).agg(pl.col("lines").sum(), pl.col("billed_minor").sum())
    headers = data.frame("CourierInvoice")
    if headers is None:
        stated = pl.DataFrame(schema={**dict.fromkeys(key, pl.String), "stated_minor": pl.Int64})
    else:
        stated = headers.group_by(key).agg(
            pl.when(pl.col("total_minor").count() > 0).then(pl.col("total_minor").sum()).alias("stated_minor")
        )
        stated = stated.filter(pl.col("carrier").is_in(frame["carrier"].unique().implode()))
    frame = frame.join(stated, on=key, how="full", nulls_equal=True, coalesce=True)
    frame = frame.with_columns(pl.col("lines", "billed_minor").fill_null(0)).with_columns(
        (pl.col("stated_minor") - pl.col("billed_minor")).alias("off_minor"),
        (pl.col("stated_minor") == pl.col("billed_minor")).alias("ties"),
    )
    section = Section(
        name="bills",
        title="Bills: what they state, and what their lines sum to",
        title_zh="账单表头与明细核对",
        columns=(
            text("carrier", "Courier", "快递公司"),
            text("bill_no", "Bill", "账单号"),
            count("lines", "Lines", "明细行数"),
            money("stated_minor", "Stated", "表头金额"),
            money("billed_minor", "Sum of lines", "明细合计"),
            money("off_minor", "Off by", "差额"),
            flag("ties", "Ties", "勾稽一致"),
            currency(),
        ),
        frame=frame.sort(*key, nulls_last=True),
        key=key,
        details=in_order(
            lines.select(
                *key, "tracking_no", "charge_type", "leg", "ship_date", "lines", "billed_minor", "verdict", *SOURCE
            )
        ),
        sums=("lines", "billed_minor"),
        note="A header that states another total than its lines in the period sum to is shown, never evened out.",
        note_zh="表头与本期明细不一致时如实列示，不做尾差调整。",
    )
    return attrs.evolve(report, sections=(*report.sections, section))
