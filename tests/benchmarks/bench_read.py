"""Reading workbooks: a script that prints what `tieout.read` costs beside what calamine alone needs for the same file.

Run it as `python tests/benchmarks/bench_read.py [ROWS [RUNS [FOLDER]]]`. It is no test: nothing here is asserted by time.

*calamine alone* opens the workbook, looks up the sheet, and turns all its rows into Python values by `to_python()`, which is
what a script does that reads a sheet with it. `tieout.read` tells the format from the content, makes typed records of all
lines, and checks them. Each run is a process of its own; the two take turns, and the best and the median of the runs are
shown. What a process imports once stands before the clock, for both. The files are drawn from a seed and kept in the folder, by
default one for temporary files.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import polars as pl
from _draws import Draws
from _spent import measured_elsewhere, report

SEED = "tieout read 1"
CITIES = ("深圳", "杭州", "成都", "北京", "广州", "乌鲁木齐", "武汉", "西安")
SERVICES = ("运费", "保价", "超长超重附加费", "签单返还")
SECONDS_OF_MONTH = 31 * 86_400


@attrs.frozen(kw_only=True)
class Layout:
    """A kind of file.

    Attributes:
        sheet: Name of its sheet.
        above: The rows above the header.
        draw: Its columns by caption, for so many rows; whole numbers of the columns `cents` are hundredths.
        cents: Columns of money and weights, which are cells of numbers.
        dates: Columns whose cells are dates.
        is_inline: Whether texts stand in their cells, as server programs write them, or are shared, as Excel does.
    """

    sheet: str
    above: tuple[tuple[str, ...], ...] = ()
    draw: Callable[[int], pl.DataFrame]
    cents: tuple[str, ...]
    dates: tuple[str, ...] = ()
    is_inline: bool = False


def _drawn(rows: int, **columns: pl.Expr) -> pl.DataFrame:
    return pl.DataFrame({"at": pl.int_range(rows, eager=True)}).select(**columns)


def _one_of(name: str, words: tuple[str, ...]) -> pl.Expr:
    at = Draws(seed=SEED).below(name, len(words))
    return at.replace_strict(list(range(len(words))), list(words), return_dtype=pl.String)


def courier_bill(rows: int) -> pl.DataFrame:
    """A monthly bill of SF with a line for each service."""
    draws = Draws(seed=SEED)
    price, off = draws.below("price", 4_000) + 800, draws.below("off", 3) * 50
    return _drawn(
        rows,
        日期=pl.date(2026, 7, 1) + pl.duration(days=draws.below("day", 31)),
        运单号码=pl.format("SF{}", draws.below("waybill", 10**13).cast(pl.String).str.zfill(13)),
        产品类型=_one_of("product", ("顺丰标快", "顺丰特快", "电商标快")),
        服务=_one_of("service", SERVICES),
        寄件地区=pl.lit("上海"),
        到件地区=_one_of("city", CITIES),
        计费重量=(draws.below("weight", 40) + 1) * 50,
        实际重量=draws.below("scale", 2_000) + 1,
        费用=price,
        折扣=off,
        应付金额=price - off,
        付款方式=pl.lit("寄付月结"),
    ).rename({"费用": "费用(元)", "折扣": "折扣/促销"})


def settlement(rows: int) -> pl.DataFrame:
    """A settlement bill of Douyin: a sale and two fees a line."""
    draws = Draws(seed=SEED)
    paid, subsidy = draws.below("paid", 50_000) + 100, draws.below("subsidy", 4) * 100
    service, commission = -(paid // 20), -(paid // 50)
    moment = pl.datetime(2026, 7, 1) + pl.duration(seconds=draws.below("moment", SECONDS_OF_MONTH))
    order = pl.format("69{}", draws.below("order", 10**17).cast(pl.String).str.zfill(17))
    return _drawn(
        rows,
        结算时间=moment.dt.to_string("%Y-%m-%d %H:%M:%S"),
        订单号=order,
        子订单号=order,
        结算单类型=pl.lit("已结算"),
        业务类型=_one_of("kind", ("小店自卖", "达人带货")),
        用户实付=paid,
        平台补贴=subsidy,
        收入合计=paid + subsidy,
        平台服务费=service,
        佣金=commission,
        支出合计=service + commission,
        结算金额=paid + subsidy + service + commission,
    )


LAYOUTS = {
    "courier bill": Layout(
        sheet="账单明细",
        above=(("顺丰速运月结账单",), ("月结卡号：7551234567",), ("账单周期：2026-07-01 - 2026-07-31",)),
        draw=courier_bill,
        cents=("计费重量", "实际重量", "费用(元)", "折扣/促销", "应付金额"),
        dates=("日期",),
    ),
    "settlement": Layout(
        sheet="sheet1",
        draw=settlement,
        cents=("用户实付", "平台补贴", "收入合计", "平台服务费", "佣金", "支出合计", "结算金额"),
        is_inline=True,
    ),
}


def made(layout: Layout, rows: int, file: Path) -> None:
    """Write the workbook."""
    import xlsxwriter

    unfinished = file.with_suffix(".part")
    book = xlsxwriter.Workbook(unfinished, {"constant_memory": layout.is_inline})
    formats = {"cents": book.add_format({"num_format": "0.00"}), "date": book.add_format({"num_format": "yyyy-mm-dd"})}
    sheet = book.add_worksheet(layout.sheet)
    frame = layout.draw(rows)
    for at, cells in enumerate((*layout.above, tuple(frame.columns))):
        sheet.write_row(at, 0, cells)
    writers = [
        (sheet.write_number, formats["cents"], lambda cell: cell / 100)
        if name in layout.cents
        else (sheet.write_datetime, formats["date"], lambda cell: cell)
        if name in layout.dates
        else (sheet.write_string, None, lambda cell: cell)
        for name in frame.columns
    ]
    for row, cells in enumerate(frame.iter_rows(), start=len(layout.above) + 1):
        for column, (cell, (write, shown_as, value)) in enumerate(zip(cells, writers, strict=True)):
            write(row, column, value(cell), shown_as)
    book.close()
    unfinished.rename(file)


def calamine_alone(file: Path, sheet: str) -> Callable[[], int]:
    """Counts the rows that calamine finds."""
    from python_calamine import CalamineWorkbook

    def count() -> int:
        with CalamineWorkbook.from_path(str(file)) as book:
            return len(book.get_sheet_by_name(sheet).to_python())

    return count


def read(file: Path) -> Callable[[], Mapping[str, Any]]:
    """Says what tieout finds."""
    import tieout
    import tieout.sources

    def tell() -> Mapping[str, Any]:
        batch = tieout.read(file)
        checks = batch.control.proof.checks
        return {
            "format": batch.format,
            "records": len(batch.records),
            "rejects": len(batch.rejects),
            "checks": f"{sum(check.holds for check in checks)} of {len(checks)} hold",
        }

    return tell


def one(work: str, file: Path, sheet: str) -> None:
    """Do one of the two in this process, for the table."""
    report(calamine_alone(file, sheet) if work == "calamine" else read(file))


def _shown(runs: list[Mapping[str, Any]]) -> Iterator[str]:
    for name in ("seconds", "cpu_s"):
        values = [run[name] for run in runs]
        yield f"{min(values):.1f} ({statistics.median(values):.1f})"
    yield f"{max(run['peak_mb'] for run in runs):,.0f}"


def main(rows: int, times: int, folder: Path) -> None:
    """Print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{rows:,} rows, best and (median) of {times} runs; each ratio is the median of those of neighbouring runs")
    print(f"{'file':<14}{'reader':<18}{'clock s':>14}{'processor s':>14}{'peak MB':>10}{'clock':>8}{'processor':>11}")
    for name, layout in LAYOUTS.items():
        file = folder / f"{name.replace(' ', '_')}_{rows}.xlsx"
        if not file.exists():
            made(layout, rows, file)
        runs: dict[str, list[Mapping[str, Any]]] = {"calamine": [], "tieout": []}
        for _ in range(times):
            for work, done in runs.items():
                done.append(measured_elsewhere(__file__, "--one", work, str(file), layout.sheet))
        print(f"{name:<14}{'calamine alone':<18}{''.join(map('{:>14}'.format, _shown(runs['calamine'])))}")
        ratios = [
            statistics.median(
                ours[measure] / bare[measure] for ours, bare in zip(runs["tieout"], runs["calamine"], strict=True)
            )
            for measure in ("seconds", "cpu_s")
        ]
        found = runs["tieout"][0]["result"]
        print(
            f"{'':<14}{'tieout.read':<18}{''.join(map('{:>14}'.format, _shown(runs['tieout'])))}"
            f"{ratios[0]:>8.2f}{ratios[1]:>11.2f}  {found}",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    else:
        main(
            int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 500_000,
            int(sys.argv[2]) if len(sys.argv) > 2 else 3,
            Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.gettempdir()) / "tieout_bench_read",
        )
