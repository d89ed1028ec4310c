"""Archive: the results of a period as files, and the evidence of it (`domain.md` 6.5, C49)."""

import re
from collections.abc import Sequence
from itertools import count
from typing import Final

import attrs
import polars as pl

from tieout.closing.beside import CarriedBeside
from tieout.closing.config import CloseConfig
from tieout.closing.desk import Desk
from tieout.closing.detect import Ran, leaf_of
from tieout.closing.folder import Workshop
from tieout.closing.openings import Opening, save_carried
from tieout.closing.progress import Progress
from tieout.closing.resolve import discrepancies_of
from tieout.closing.result import Close
from tieout.closing.shown import figures_of, notes_of, reports_of, write_shown
from tieout.model import Discrepancy, Voucher
from tieout.outcome import amount_text_expr, guarded_expr
from tieout.posting import Vouchers
from tieout.reports import StageReport
from tieout.reports.trends import metrics_csv
from tieout.tables import Table

__all__ = ["archive"]

DISCREPANCIES_MAX: Final = 100_000
"""Discrepancies that the workbook holds, the largest first; `discrepancies.csv` has all."""
_WORD_MAX: Final = 60  # characters of a party in the name of a file, which has 255 bytes in all
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
        left: What no run took of what was carried to this period.
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
    notes = [*notes_of(config, data), *([why_unpacked] if why_unpacked else [])]
    report = StageReport(
        name="archive",
        status="done",
        counts=(
            ("discrepancies written", found.height),
            ("rejects written", 0 if data.rejects is None else data.rejects.height),
            ("claims written", _write_claims(runs, shop)),
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
    save_carried(shop, runs, left, close.balance, kept, later=_of_later(config, data.vouchers), beside=beside)
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


def _write_claims(runs: Sequence[Ran], shop: Workshop) -> int:
    """One file for each party that is asked for money; gives how many lines they hold."""
    written = 0
    for one in runs:
        owed = one.outcome.discrepancies.to_polars().filter("claimable")
        if getattr(leaf_of(one.leaf), "CLAIMED_FROM", ""):
            written += _write_claims_by_party(one, owed, shop)
            continue
        party = one.name.removeprefix(one.leaf).removeprefix("-") or _party_of(one.leaf, owed)
        if party and owed.height:
            written += one.outcome.write_claims(shop.path(f"claims_{party}.csv"))
    return written


def _write_claims_by_party(run: Ran, owed: pl.DataFrame, shop: Workshop) -> int:
    """The claims of a run that asks many, such as suppliers: a file for each, for no one is shown what another owes.

    Claims that name nobody have a file of their own.
    """
    leaf = leaf_of(run.leaf)
    named = pl.col("keys").str.json_path_match(f"$.{leaf.CLAIMED_FROM}").fill_null("")
    written, taken = 0, set[str]()
    for (party,), part in sorted(owed.group_by(named.alias("party")), key=lambda found: str(found[0][0])):
        name = "-".join(filter(None, (f"claims_{run.name}", _file_word(str(party)))))
        nth = next(nth for nth in count(1) if _nth(name, nth).casefold() not in taken)
        taken.add(_nth(name, nth).casefold())
        own = attrs.evolve(run.outcome, discrepancies=Table(part, Discrepancy))
        written += own.write_claims(shop.path(f"{_nth(name, nth)}.csv"), named=(leaf.CLAIMED_FROM, *leaf.CLAIM_KEYS))
    return written


def _nth(name: str, nth: int) -> str:
    """A file's name, told apart from others that read the same."""
    return name if nth == 1 else f"{name}_{nth}"


def _file_word(party: str) -> str:
    """What a party is called in the name of a file."""
    return re.sub(r"[^\w.-]+", "-", party)[:_WORD_MAX].strip("-.")


def _party_of(leaf: str, owed: pl.DataFrame) -> str:
    """Whom a run that is not told apart by party asks: the party of its contract; empty where it asks nobody."""
    field = getattr(leaf_of(leaf), "EACH", "")
    if not field:
        return ""
    named = owed.select(pl.col("keys").str.json_path_match(f"$.{field}").drop_nulls().unique()).to_series().to_list()
    return _file_word(named[0]) if len(named) == 1 else leaf
