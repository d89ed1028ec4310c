"""Archive: the results of a period as files, and the evidence of it (`domain.md` 6.5, C49)."""

from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from tieout.closing.beside import CarriedBeside
from tieout.closing.claims import sent_claims, write_claims
from tieout.closing.config import CloseConfig
from tieout.closing.desk import Desk
from tieout.closing.detect import Ran
from tieout.closing.folder import Workshop
from tieout.closing.openings import Opening, save_carried
from tieout.closing.progress import Progress
from tieout.closing.resolve import discrepancies_of
from tieout.closing.result import Close
from tieout.closing.shown import figures_of, notes_of, reports_of, write_shown
from tieout.model import Voucher
from tieout.outcome import amount_text_expr, guarded_expr
from tieout.posting import Vouchers
from tieout.reports import StageReport
from tieout.reports.trends import metrics_csv

__all__ = ["archive"]

DISCREPANCIES_MAX: Final = 100_000
"""Discrepancies that the workbook holds, the largest first; `discrepancies.csv` has all."""
_SHOWN = (
    *("reconciliation", "type", "severity", "impact", "expected", "actual", "currency", "reason", "owner", "due_on"),
    *("keys", "evidence", "source_file", "source_sheet", "source_line", "discrepancy_id"),
)


def archive(
    config: CloseConfig,
    desk: Desk,
    close: Close,
    runs: Sequence[Ran],
    beside: CarriedBeside,
    left: Opening,
    *,
    shop: Workshop,
    progress: Progress,
) -> Close:
    """Write the results.

    Args:
        config: What the close is told.
        desk: Where it works.
        close: The close as it stands before.
        runs: All runs.
        beside: What the ledgers beside the books go on from in the next period.
        left: What the period begins with, of the open items what no run took.
        shop: Where results are made.
        progress: Whom to tell.

    Returns:
        The close with this stage and its reports.

    Raises:
        InputError: A result cannot be written.
    """
    progress.begin("archive", 4)
    progress.step("tables")
    data = close.data
    found = discrepancies_of([one.outcome for one in runs])
    shown = _write_discrepancies(found, shop)
    _write_rejects(data.rejects, shop)
    why_unpacked = desk.why_unpacked
    sent = sent_claims(desk.claimable(), data.claims, timezone=str(config.book.timezone))
    claims = write_claims(runs, left.claimed, sent, shop, period=config.period.label)
    notes = [*notes_of(config, data), *claims.notes, *([why_unpacked] if why_unpacked else [])]
    report = StageReport(
        name="archive",
        status="done",
        counts=(
            ("discrepancies written", found.height),
            ("rejects written", 0 if data.rejects is None else data.rejects.height),
            ("claims written", claims.written),
            *((("claims asked for before", claims.before),) if claims.before else ()),
            ("open items carried forward", _waiting(runs, left)),
            ("archives packed", 0 if why_unpacked else 1),
        ),
        notes=notes,
    )
    stages = (*close.stages, report)
    data = attrs.evolve(data, stages=stages)
    progress.step("reports")
    reports = reports_of(config, data)
    whole = attrs.evolve(close, stages=stages, details=attrs.evolve(close.details, data=data, reports=reports))
    own, kept = figures_of(data, reports)
    shop.path("metrics.csv").write_text(metrics_csv(own), encoding="utf-8")
    save_carried(
        shop,
        runs,
        left,
        close.balance,
        kept,
        later=_of_later(config, data.vouchers),
        beside=beside,
        claimed=claims.asked,
    )
    shop.path("summary.txt").write_text(f"{whole}\n", encoding="utf-8")
    shop.path("proof.txt").write_text(f"{data.proof}\n", encoding="utf-8")
    data.derived.clear()  # no report is to be made of it any more
    frames = {"discrepancies": shown.head(DISCREPANCIES_MAX)}
    progress.step("page, workbook and prints")
    write_shown(config, data, reports, shop, {name: frame for name, frame in frames.items() if frame.height})
    if why_unpacked is None:
        progress.step("evidence")
        names = [name for name in shop.hashes() if not name.startswith("carry/")]
        desk.pack(shop.path("archive"), {name.replace("/", "_"): shop.path(name).read_bytes() for name in names})
    progress.end(report)
    return whole


def _waiting(runs: Sequence[Ran], left: Opening) -> int:
    return sum(len(one.outcome.carry_forward) for one in runs) + sum(map(len, left.items.values()))


def _of_later(config: CloseConfig, vouchers: Sequence[Voucher]) -> list[Voucher]:
    """The vouchers that are of the next period, such as reversals of accruals, without unpacking the rest."""
    others = vouchers.others if isinstance(vouchers, Vouchers) else vouchers
    return [one for one in others if one.period != config.period.label]


def _write_discrepancies(found: pl.DataFrame, shop: Workshop) -> pl.DataFrame:
    """All discrepancies, the largest first; amounts as decimal text."""
    if not found.height:
        found = pl.DataFrame(schema=dict.fromkeys(_SHOWN, pl.String))
        found.write_csv(shop.path("discrepancies.csv"), include_bom=True)
        return found
    codes = found["currency"].drop_nulls().unique().sort().to_list()
    amounts = [
        amount_text_expr(pl.col(f"{name}_minor"), pl.col("currency"), codes).alias(name)
        for name in ("impact", "expected", "actual")
    ]
    ordered = found.sort(
        pl.col("impact_minor").abs(),
        "reconciliation",
        "discrepancy_id",
        descending=[True, False, False],
        nulls_last=True,
    )
    shown = ordered.with_columns(amounts).select(
        one for one in _SHOWN if one in {*found.columns, "impact", "expected", "actual"}
    )
    shown.select(guarded_expr(shown)).write_csv(shop.path("discrepancies.csv"), include_bom=True)
    return shown


def _write_rejects(rejects: pl.DataFrame | None, shop: Workshop) -> None:
    if rejects is not None:
        rejects.select(guarded_expr(rejects)).write_csv(shop.path("rejects.csv"), include_bom=True)
