"""The run itself: what each stage did, what was read, and what must tie (`domain.md` C49, C65, 6.2)."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import polars as pl

from tieout.proof import Check
from tieout.reports.cells import count, currency, flag, money, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report, Section
from tieout.reports.terms import count_zh
from tieout.reports.wording import STAGES, STATES

__all__ = ["ENDED", "FilesReport", "ProofReport", "StageView"]

_TIE_OUT: Final = "ledger_tieout"
_STAGE_TEXTS: Final = ("stage", "stage_zh", "status", "counts", "counts_zh", "notes", "notes_zh")
ENDED: Final = ("resolved", "reviewed", "archived", "auto_accepted")
"""States of a discrepancy that nobody has to look at any more."""


def _totals(data: ReportData) -> Mapping[tuple[str, str], int]:
    """What a stage counts, as the run's own data say it.

    What compares the books with the ledgers beside them is counted by its own stage, where there is one.
    """
    has_own = any(one.name == "tie_outs" for one in data.stages)
    tied = [one for one in data.outcomes if has_own and one.reconciliation == _TIE_OUT]
    rest = [one for one in data.outcomes if one not in tied]
    return {
        ("collect", "files read"): len(data.files),
        # Not those of the files: lines that stand in files of their own are in their orders now, and repeats are out.
        ("collect", "records"): sum(map(len, data.tables.values())),
        ("collect", "rejects"): sum(one.rejects for one in data.files),
        ("detect", "runs"): len(rest),
        ("detect", "matches"): sum(one.matches.height for one in rest),
        ("detect", "events"): sum(len(one.events) for one in rest),
        ("detect", "discrepancies"): sum(len(one.discrepancies) for one in rest),
        ("resolve", "discrepancies"): sum(len(one.discrepancies) for one in data.outcomes),
        ("vouchers", "vouchers"): len(data.vouchers),
    }


def _facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    return (("book", data.name), ("period", data.period), ("as_of", data.as_of.isoformat()))


def _frame(rows: list[dict[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(schema))


@attrs.frozen(kw_only=True)
class StageView:
    """What each stage of a close did, and that its counts are those of the run (`domain.md` C65)."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing was run."""
        if not data.stages and not data.outcomes:
            return None
        return Report(
            name="stages",
            title="Stages of the close",
            title_zh="对账流程",
            facts=_facts(data),
            sections=(_stages(data), _counts(data), _states(data)),
        )


def _stages(data: ReportData) -> Section:
    titles = data.titles
    rows = [
        {
            "place": place,
            "stage": STAGES.get(one.name, (one.name, one.name))[0],
            "stage_zh": STAGES.get(one.name, (one.name, one.name))[1],
            "status": one.status,
            "counts": ", ".join(f"{label} {figure:,}" for label, figure in one.counts),
            "counts_zh": "，".join(f"{count_zh(label, titles)} {figure:,}" for label, figure in one.counts),
            "notes": "\n".join(one.notes),
            "notes_zh": "\n".join(one.notes_zh),
        }
        for place, one in enumerate(data.stages, start=1)
    ]
    return Section(
        name="stages",
        title="Stages",
        title_zh="阶段",
        columns=(
            count("place", "No.", "序号"),
            text("stage", "Stage", "阶段"),
            text("stage_zh", "Stage in Chinese", "阶段（中文）"),
            text("status", "Status", "状态"),
            text("counts", "What it did", "处理结果"),
            text("counts_zh", "What it did, in Chinese", "处理结果（中文）"),
            text("notes", "Notes", "说明"),
            text("notes_zh", "Notes in Chinese", "说明（中文）"),
        ),
        frame=_frame(rows, {"place": pl.Int64, **dict.fromkeys(_STAGE_TEXTS, pl.String)}),
        key=("place",),
        plot="stages",
    )


def _counts(data: ReportData) -> Section:
    """Every count of every stage, beside what the run's own data say."""
    rows, totals = [], _totals(data)
    for place, one in enumerate(data.stages, start=1):
        for at, (label, figure) in enumerate(one.counts):
            total = totals.get((one.name, label))
            rows.append(
                {"place": place, "at": at, "stage": one.name, "label": label, "label_zh": count_zh(label, data.titles),
                 "count": figure, "total": total, "ties": None if total is None else total == figure}
            )  # fmt: skip
    schema = {"place": pl.Int64, "at": pl.Int64, "stage": pl.String, "label": pl.String, "label_zh": pl.String, "count": pl.Int64,
              "total": pl.Int64, "ties": pl.Boolean}  # fmt: skip
    return Section(
        name="counts",
        title="Counts by stage, and the totals of the run",
        title_zh="各阶段计数与总数核对",
        columns=(
            text("stage", "Stage", "阶段"),
            text("label", "What", "项目"),
            text("label_zh", "What, in Chinese", "项目（中文）"),
            count("count", "Count", "数量"),
            count("total", "Of the run", "总数"),
            flag("ties", "Ties", "一致"),
        ),
        frame=_frame(rows, schema),
        key=("place", "at"),
    )


def _states(data: ReportData) -> Section:
    """Cases, or the discrepancies themselves where there is no casebook, by state and severity."""
    if data.cases is not None and {"state", "severity"} <= set(data.cases.columns):
        found = data.cases.select("state", "severity")
    else:
        parts = [one.discrepancies.to_polars().select("state", "severity") for one in data.outcomes]
        found = pl.concat([pl.DataFrame(schema={"state": pl.String, "severity": pl.String}), *parts])
    key = ("state",)
    levels = ("critical", "high", "medium", "low", "info")
    details = found.with_columns(
        pl.lit(1, dtype=pl.Int64).alias("cases"),
        *((pl.col("severity") == level).cast(pl.Int64).alias(level) for level in levels),
    )
    frame = details.group_by(key).agg(pl.col(name).sum() for name in ("cases", *levels))
    places = {state: place for place, state in enumerate(STATES)}
    frame = frame.with_columns(
        pl.col("state").replace({state: zh for state, (_, zh) in STATES.items()}).alias("state_zh"),
        pl.col("state").is_in(ENDED).alias("is_ended"),
    ).sort(pl.col("state").replace_strict(places, default=len(places)), "state", nulls_last=True)
    return Section(
        name="cases",
        title="Cases by state",
        title_zh="差异处理状态",
        columns=(
            text("state", "State", "状态"),
            text("state_zh", "State in Chinese", "状态（中文）"),
            count("cases", "Cases", "笔数"),
            count("critical", "Critical", "严重"),
            count("high", "High", "高"),
            count("medium", "Medium", "中"),
            count("low", "Low", "低"),
            count("info", "Info", "提示"),
            flag("is_ended", "Settled", "已了结"),
        ),
        frame=frame,
        key=key,
        details=details,
        sums=("cases", *levels),
        plot="bars",
    )


@attrs.frozen(kw_only=True)
class ProofReport:
    """Every check of the run with its total, its parts and what it is off by (`domain.md` 6.2)."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing is proved."""
        if not data.proof.checks:
            return None
        numbered = list(enumerate(data.proof.checks, start=1))
        money_checks = [(place, check) for place, check in numbered if check.currency is not None]
        row_checks = [(place, check) for place, check in numbered if check.currency is None]
        failures = [(place, check) for place, check in numbered if not check.holds]
        return Report(
            name="proof",
            title="Proof by kind of check",
            title_zh="勾稽分类汇总",
            facts=(
                *_facts(data),
                ("checks", f"{len(numbered):,}"),
                ("holds", "yes" if data.proof.holds else "NO"),
            ),
            sections=(
                _summary(numbered),
                _failed(failures),
                _checks("money", "Amounts that must tie", "金额勾稽", money_checks),
                _checks("rows", "Counts that must tie", "笔数勾稽", row_checks),
            ),
        )


def _group(check: Check) -> str:
    """Which part of the run states it: the reconciliation before the colon, else the side."""
    name, colon, _ = check.name.partition(": ")
    return name if colon else check.side


def _summary(checks: list[tuple[int, Check]]) -> Section:
    rows = [
        {"no": place, "of": _group(check), "checks": 1, "held": int(check.holds), "failed": int(not check.holds)}
        for place, check in checks
    ]
    schema = {"no": pl.Int64, "of": pl.String, "checks": pl.Int64, "held": pl.Int64, "failed": pl.Int64}
    details = _frame(rows, schema)
    sums = ("checks", "held", "failed")
    frame = (
        details.group_by("of").agg(pl.col(name).sum() for name in sums).sort("failed", "of", descending=[True, False])
    )
    return Section(
        name="summary",
        title="Checks",
        title_zh="勾稽汇总",
        columns=(
            text("of", "Of", "范围"),
            count("checks", "Checks", "检查数"),
            count("held", "Hold", "一致"),
            count("failed", "Fail", "不一致"),
        ),
        frame=frame,
        key=("of",),
        details=details,
        sums=sums,
    )


def _failed(failures: list[tuple[int, Check]]) -> Section:
    rows = [{"no": place, "check": str(check)} for place, check in failures]
    return Section(
        name="failures",
        title="What does not tie",
        title_zh="不一致项",
        columns=(count("no", "No.", "序号"), text("check", "Check", "检查")),
        frame=_frame(rows, {"no": pl.Int64, "check": pl.String}),
        key=("no",),
        note="" if rows else "Everything ties.",
        note_zh="" if rows else "全部勾稽一致。",
    )


def _checks(name: str, title: str, title_zh: str, checks: list[tuple[int, Check]]) -> Section:
    """Checks with the sum of their parts; each part is a row behind it."""
    is_money = name == "money"
    unit = "minor" if is_money else "rows"
    total, parts, gap = (f"{word}_{unit}" for word in ("total", "parts", "gap"))
    rows = [
        {"no": place, "side": check.side, "check": check.name, total: check.total, parts: sum(check.parts.values()),
         gap: check.gap, "holds": check.holds, "currency": check.currency}
        for place, check in checks
    ]  # fmt: skip
    made_of = [
        {"no": place, "part": part, parts: figure, "currency": check.currency}
        for place, check in checks
        for part, figure in check.parts.items()
    ]
    texts = dict.fromkeys(("side", "check"), pl.String)
    figures = dict.fromkeys((total, parts, gap), pl.Int64)
    figure = money if is_money else count
    return Section(
        name=name,
        title=title,
        title_zh=title_zh,
        columns=(
            count("no", "No.", "序号"),
            text("side", "Side", "方"),
            text("check", "What must tie", "勾稽项目"),
            figure(total, "Total", "合计"),
            figure(parts, "Sum of its parts", "构成合计"),
            figure(gap, "Off by", "差额"),
            flag("holds", "Ties", "一致"),
            *([currency()] if is_money else []),
        ),
        frame=_frame(rows, {"no": pl.Int64, **texts, **figures, "holds": pl.Boolean, "currency": pl.String}),
        key=("no",),
        details=_frame(made_of, {"no": pl.Int64, "part": pl.String, parts: pl.Int64, "currency": pl.String}),
        sums=(parts,),
    )


@attrs.frozen(kw_only=True)
class FilesReport:
    """What was read: files, formats, lines that could not be read, and totals that files declare."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no file was read."""
        if not data.files:
            return None
        files = self._files(data)
        return Report(
            name="files",
            title="Files",
            title_zh="数据文件",
            facts=_facts(data),
            sections=(self._by_format(files), self._listed(files), self._rejects(data)),
        )

    @staticmethod
    def _files(data: ReportData) -> pl.DataFrame:
        rows = [
            {"file": one.file, "format": one.format, "sha256": one.sha256, "size": one.size, "records": one.records,
             "rejects": one.rejects, "holds": one.holds, "files": 1, "off": int(not one.holds)}
            for one in data.files
        ]  # fmt: skip
        figures = dict.fromkeys(("size", "records", "rejects"), pl.Int64)
        schema = {**dict.fromkeys(("file", "format", "sha256"), pl.String), **figures, "holds": pl.Boolean,
                  "files": pl.Int64, "off": pl.Int64}  # fmt: skip
        frame = _frame(rows, schema).sort("file", "sha256", "format")
        return frame.with_row_index("no", offset=1).with_columns(pl.col("no").cast(pl.Int64))

    @staticmethod
    def _by_format(files: pl.DataFrame) -> Section:
        sums = ("files", "records", "rejects", "off")
        frame = files.group_by("format").agg(pl.col(name).sum() for name in sums).sort("format")
        return Section(
            name="by_format",
            title="By format",
            title_zh="按格式",
            columns=(
                text("format", "Format", "格式"),
                count("files", "Files", "文件数"),
                count("records", "Records", "记录数"),
                count("rejects", "Rejects", "未识别行数"),
                count("off", "Declared totals off", "声明合计不符"),
            ),
            frame=frame,
            key=("format",),
            details=files,
            sums=sums,
        )

    @staticmethod
    def _listed(files: pl.DataFrame) -> Section:
        return Section(
            name="files",
            title="Files",
            title_zh="文件清单",
            columns=(
                text("file", "File", "文件"),
                text("format", "Format", "格式"),
                count("records", "Records", "记录数"),
                count("rejects", "Rejects", "未识别行数"),
                flag("holds", "Declared totals hold", "声明合计一致"),
                count("size", "Bytes", "字节数"),
                text("sha256", "SHA-256", "SHA-256"),
            ),
            frame=files,
            key=("no",),
        )

    @staticmethod
    def _rejects(data: ReportData) -> Section:
        """Lines that could not be read, without their text: that may hold what a report never shows."""
        schema = {"file": pl.String, "line": pl.Int64, "reason": pl.String}
        given = pl.DataFrame(schema=schema) if data.rejects is None else data.rejects.select(list(schema))
        return Section(
            name="rejects",
            title="Lines that could not be read",
            title_zh="未能识别的行",
            columns=(text("file", "File", "文件"), count("line", "Row", "行号"), text("reason", "Because", "原因")),
            frame=given.sort("file", "line", "reason", nulls_last=True),
        )
