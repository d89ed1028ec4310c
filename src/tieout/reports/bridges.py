"""Bridges of reconciliations: from what is expected to what is there, with all that lies between by name (`domain.md` 6.2)."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import polars as pl

from tieout.outcome import Outcome
from tieout.reports.cells import count, currency, flag, money, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report, Section
from tieout.reports.words import code_text

__all__ = ["Reconciliations", "names_of"]

_KINDS: Final = {
    "agreed": "agreed",
    "within tolerance": "tolerance",
    "not due": "waiting",
    "in transit": "waiting",
    "discrepancy": "discrepancy",
}
_COUNTS: Final = ("records", "agreed", "tolerance", "waiting", "discrepancy", "aside")
_GAPS: Final = ("discrepancy_minor", "tolerance_minor", "waiting_minor", "other_minor")


@attrs.frozen(kw_only=True)
class Reconciliations:
    """Each reconciliation: its records by verdict, and the bridge from expected to actual, per currency.

    expected + discrepancies + within tolerance + not due and in transit + the rest = actual, exactly. The rest is what a check
    that is switched off would have found.
    """

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing was reconciled."""
        if not data.outcomes:
            return None
        names = names_of(data.outcomes)
        return Report(
            name="reconciliations",
            title="Reconciliations",
            title_zh="对账结果",
            facts=(("book", data.name), ("period", data.period), ("as_of", data.as_of.isoformat())),
            sections=(_bridge(data.outcomes, names), _records(data.outcomes, names), _types(data, names)),
        )


def names_of(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """What tells outcomes apart: their reconciliation and, of several of one, whose records they are of.

    Args:
        outcomes: In any order.
    """
    plain = [one.reconciliation for one in outcomes]
    named = [
        name if plain.count(name) == 1 else f"{name} {_whose(one)}".strip()
        for name, one in zip(plain, outcomes, strict=True)
    ]
    return tuple(
        name if named.count(name) == 1 else f"{name} {named[:place].count(name) + 1}"
        for place, name in enumerate(named)
    )


def _whose(outcome: Outcome) -> str:
    """The carriers or platforms of the side that was billed, settled or paid."""
    side = outcome.records.get(outcome.matched[1])
    for column in ("carrier", "platform"):
        if side is not None and column in side.columns:
            found = side[column].drop_nulls().unique().sort().to_list()
            if found:
                return "+".join(found)
    return ""


def _in_chinese(names: Sequence[str]) -> pl.Expr:
    """Names of runs as a Chinese page says them: `courier_bill zto` as the bill of 中通."""
    said = {}
    for name in names:
        plain, _, whose = name.partition(" ")
        of = f"（{code_text('courier', whose, 'zh')}）" if whose else ""
        said[name] = f"{code_text('reconciliation', plain, 'zh')}{of}"
    return pl.col("name").replace(said).alias("name_zh")


def _of(outcomes: Sequence[Outcome], names: Sequence[str]) -> list[tuple[int, str, Outcome]]:
    return [(place, name, one) for place, (name, one) in enumerate(zip(names, outcomes, strict=True), start=1)]


def _bridge(outcomes: Sequence[Outcome], names: Sequence[str]) -> Section:
    parts = [_units(place, name, one) for place, name, one in _of(outcomes, names)]
    details = pl.concat(parts)
    key = ("no", "name", "currency")
    sums = ("expected_minor", *_GAPS, "actual_minor")
    frame = details.group_by(key).agg(pl.col(one).sum() for one in sums).sort(*key, nulls_last=True)
    total = pl.sum_horizontal("expected_minor", *_GAPS)
    frame = frame.with_columns((total == pl.col("actual_minor")).alias("ties"))
    frame = frame.with_columns(_in_chinese(names))
    return Section(
        name="bridge",
        title="From expected to actual",
        title_zh="应有与实际调节表",
        columns=(
            count("no", "No.", "序号"),
            text("name", "Reconciliation", "对账项目"),
            money("expected_minor", "Expected", "应有金额"),
            money("discrepancy_minor", "Discrepancies", "差异"),
            money("tolerance_minor", "Within tolerance", "容差内"),
            money("waiting_minor", "Not due and in transit", "未到期及在途"),
            money("other_minor", "Checks switched off", "已关闭的检查"),
            money("actual_minor", "Actual", "实际金额"),
            flag("ties", "Ties", "一致"),
            currency(),
        ),
        frame=frame,
        key=key,
        details=details,
        sums=sums,
        note="The rows behind are the units that differ, one each; those that agree are one row.",
        note_zh="明细为逐项差异；一致的项目合并为一行。",
    )


def _units(place: int, name: str, outcome: Outcome) -> pl.DataFrame:
    """What was compared: one row for each unit that differs, one for all that agree, by currency."""
    units = outcome.units.filter(pl.col("currency").is_not_null())
    is_even = (pl.col("gap_minor") == 0).fill_null(value=True)
    kind = pl.col("verdict").replace_strict(_KINDS, default="other", return_dtype=pl.String)
    amounts = (pl.col("expected_minor", "actual_minor", "gap_minor")).fill_null(0)
    even = (
        units.filter(is_even)
        .with_columns(amounts)
        .group_by("currency", "verdict")
        .agg(
            pl.len().cast(pl.Int64).alias("units"),
            pl.col("expected_minor", "actual_minor", "gap_minor").sum(),
        )
    )
    odd = units.filter(~is_even).with_columns(amounts, pl.lit(1, dtype=pl.Int64).alias("units"))
    names = ("currency", "verdict", "units", "expected_minor", "actual_minor", "gap_minor")
    rows = pl.concat([even.select(names), odd.select(names)])
    gaps = [
        pl.when(kind == gap.removesuffix("_minor")).then("gap_minor").otherwise(0).alias(gap)
        for gap in _GAPS
        if gap != "other_minor"
    ]
    known = pl.col("gap_minor") - pl.sum_horizontal(_GAPS[:3])
    return (
        rows.with_columns(gaps)
        .with_columns(known.alias("other_minor"))
        .select(
            pl.lit(place, dtype=pl.Int64).alias("no"), pl.lit(name).alias("name"), *names[:5], *_GAPS,
        )
        .sort("currency", "verdict", "expected_minor", "actual_minor", nulls_last=True)
    )  # fmt: skip


def _records(outcomes: Sequence[Outcome], names: Sequence[str]) -> Section:
    """Records of every side by verdict."""
    kind = pl.col("verdict").replace_strict(_KINDS, default="aside", return_dtype=pl.String)
    parts = []
    for place, name, one in _of(outcomes, names):
        for side, records in one.records.items():
            counted = records.group_by("verdict").agg(pl.len().cast(pl.Int64).alias("records"))
            parts.append(
                counted.select(
                    pl.lit(place, dtype=pl.Int64).alias("no"),
                    pl.lit(name).alias("name"),
                    pl.lit(side).alias("side"),
                    pl.lit(one.kinds.get(side, side)).alias("record"),
                    "verdict",
                    "records",
                    *(pl.when(kind == word).then("records").otherwise(0).alias(word) for word in _COUNTS[1:]),
                ).sort("verdict", nulls_last=True)
            )
    schema: Mapping[str, type[pl.DataType]] = {
        "no": pl.Int64, **dict.fromkeys(("name", "side", "record", "verdict"), pl.String), **dict.fromkeys(_COUNTS, pl.Int64),
    }  # fmt: skip
    details = pl.concat([pl.DataFrame(schema=dict(schema)), *parts])
    key = ("no", "name", "side")
    frame = details.group_by(key).agg(pl.col("record").first(), *(pl.col(one).sum() for one in _COUNTS)).sort(*key)
    frame = frame.with_columns(_in_chinese(names))
    return Section(
        name="records",
        title="Records by what became of them",
        title_zh="记录处理结果",
        columns=(
            count("no", "No.", "序号"),
            text("name", "Reconciliation", "对账项目"),
            text("side", "Side", "方"),
            text("record", "Record", "记录类型"),
            count("records", "Records", "记录数"),
            count("agreed", "Agreed", "一致"),
            count("tolerance", "Within tolerance", "容差内"),
            count("waiting", "Not due and in transit", "未到期及在途"),
            count("discrepancy", "Discrepancy", "差异"),
            count("aside", "Set aside", "不参与核对"),
        ),
        frame=frame,
        key=key,
        details=details,
        sums=_COUNTS,
    )


def _types(data: ReportData, names: Sequence[str]) -> Section:
    """What was found, by type."""
    parts = [
        one.discrepancies.to_polars().select(
            pl.lit(place, dtype=pl.Int64).alias("no"),
            pl.lit(name).alias("name"),
            "type",
            "severity",
            "currency",
            "discrepancy_id",
            pl.lit(1, dtype=pl.Int64).alias("discrepancies"),
            "impact_minor",
            "source_file",
            "source_line",
        )
        for place, name, one in _of(data.outcomes, names)
    ]
    details = pl.concat(parts, how="vertical_relaxed").sort("no", "type", "currency", "discrepancy_id", nulls_last=True)
    key = ("no", "name", "type", "currency")
    sums = ("discrepancies", "impact_minor")
    frame = details.group_by(key).agg(pl.col(one).sum() for one in sums)
    titles = data.type_titles
    frame = frame.with_columns(
        pl.col("type").replace({code: both[0] for code, both in titles.items()}).alias("type_title"),
        pl.col("type").replace({code: both[1] for code, both in titles.items()}).alias("type_title_zh"),
    ).sort(*key, nulls_last=True)
    frame = frame.with_columns(_in_chinese(names))
    return Section(
        name="types",
        title="Discrepancies by type",
        title_zh="差异分类",
        columns=(
            count("no", "No.", "序号"),
            text("name", "Reconciliation", "对账项目"),
            text("type_title", "What", "差异类型"),
            text("type_title_zh", "What, in Chinese", "差异类型（中文）"),
            count("discrepancies", "Discrepancies", "笔数"),
            money("impact_minor", "Actual less expected", "实际 - 应有"),
            currency(),
        ),
        frame=frame,
        key=key,
        details=details,
        sums=sums,
        plot="pareto",
    )
