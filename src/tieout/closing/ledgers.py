"""Ledgers: the vouchers as the files that accounting systems import."""

from tieout import ledgers as room
from tieout.closing.config import CloseConfig
from tieout.closing.folder import Workshop
from tieout.closing.progress import Progress
from tieout.closing.sentences import note
from tieout.closing.vouchers import Posted
from tieout.errors import LedgerError, MissingExtra
from tieout.proof import Check
from tieout.reports import Note, StageReport

__all__ = ["write_ledgers"]


def write_ledgers(
    config: CloseConfig, posted: Posted, shop: Workshop, progress: Progress
) -> tuple[StageReport, tuple[Check, ...]]:
    """Write every ledger that is configured.

    A ledger that cannot hold the vouchers is told, and the others are written.

    Args:
        config: What the close is told.
        posted: The vouchers.
        shop: Where results are made.
        progress: Whom to tell.

    Returns:
        What the stage did, and that each ledger has all vouchers.

    Raises:
        UnknownFormat: There is no such ledger.
    """
    progress.begin("ledgers", len(config.ledgers))
    if posted.made is None or not config.ledgers:
        why = "no_vouchers" if config.ledgers else "no_ledger"
        report = StageReport(name="ledgers", status="skipped", notes=(note(why),))
        progress.end(report)
        return report, ()
    count = len(posted.made.vouchers)
    notes: list[Note] = []
    checks: list[Check] = []
    files = written = refused = 0
    for name, file in config.ledgers.items():
        progress.step(name)
        held = 0
        try:
            told = room.write(
                posted.made.vouchers, shop.path(f"ledgers/{file}"), ledger=name, book=config.book, overwrite=True
            )
        except (LedgerError, MissingExtra) as error:
            notes.append(note("ledger_refused", name=name, error=error))
            refused += 1
        else:
            held = told.vouchers
            files += len(told.files)
            notes.append(_said(told))
        written += held
        checks.append(
            Check(name="vouchers", side=f"ledger {name}", currency=None, total=count, parts={"in its files": held})
        )
    report = StageReport(
        name="ledgers",
        status="done" if not refused and all(check.holds for check in checks) else "attention",
        counts=(("ledgers", len(config.ledgers)), ("files", files), ("vouchers written", written)),
        notes=notes,
    )
    progress.end(report)
    return report, tuple(checks)


def _said(told: room.WriteReport) -> Note:
    """What was written; what a ledger notes of it is in English."""
    files = "、".join(file.name for file in told.files)
    skipped = [f"未写出：{'、'.join(one.name for one in told.skipped)}"] if told.skipped else []
    rest = "".join(f"；{one}" for one in (*skipped, *told.notes))
    return note(
        "ledger_written",
        said=told,
        name=told.ledger,
        vouchers=told.vouchers,
        lines=told.lines,
        files=files,
        rest=rest,
    )
