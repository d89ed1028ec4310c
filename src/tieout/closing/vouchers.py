"""Vouchers: what the outcomes hand on is posted, and what is not is told (`domain.md` 7, C74)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import attrs
import polars as pl

from tieout.closing.config import CloseConfig
from tieout.closing.desk import Desk, Made
from tieout.closing.progress import Progress
from tieout.closing.sentences import listed, note, of_check
from tieout.errors import PostingError
from tieout.model import AccountBalance, Voucher
from tieout.outcome import Outcome
from tieout.posting import Period as Month
from tieout.posting import TrialBalance, Vouchers, trial_balance
from tieout.posting._lines import lines_of
from tieout.proof import Check
from tieout.reports import StageReport
from tieout.tables import Table

__all__ = ["Posted", "balances_of", "is_month", "post_outcomes"]

_ONE_DAY: Final = timedelta(days=1)


@attrs.frozen(kw_only=True, eq=False)
class Posted:
    """What became of the events of a period.

    Attributes:
        made: Vouchers, and what is in none; None where there are none.
        balance: Trial balance; None without vouchers.
        checks: That events are posted, noted or left out, and that debits are credits.
        report: What the stage did.
        failed: Whether events could not be posted.
    """

    made: Made | None = None
    balance: TrialBalance | None = None
    checks: tuple[Check, ...] = ()
    report: StageReport
    failed: bool = False


def post_outcomes(
    config: CloseConfig,
    desk: Desk,
    outcomes: Sequence[Outcome],
    *,
    opening: Table[AccountBalance] | None,
    begun_with: Sequence[Voucher] = (),
    progress: Progress,
) -> Posted:
    """Post what the outcomes hand on, and draw up the trial balance.

    Where an event cannot be posted none is, and the reasons are told: the rest of the close goes on without vouchers.

    Args:
        config: What the close is told.
        desk: Where it works.
        outcomes: Of all reconciliations.
        opening: Balances of the accounts by the end of the period before; None to begin with nothing.
        begun_with: Vouchers of this period that the close before made.
        progress: Whom to tell.
    """
    progress.begin("vouchers", 2)
    if not is_month(config):
        report = StageReport(
            name="vouchers",
            status="skipped",
            notes=(note("only_a_month", period=config.period.label),),
        )
        progress.end(report)
        return Posted(report=report)
    progress.step("posting")
    given = sum(len(one.events) for one in outcomes)
    try:
        made = desk.post(outcomes, begun_with)
    except PostingError as error:
        posted = _refused(error, given)
    else:
        progress.step("trial balance")
        posted = _posted(config, made, given, opening)
    progress.end(posted.report)
    return posted


def is_month(config: CloseConfig) -> bool:
    """Whether the period is a whole month, as vouchers need it."""
    try:
        Month.parse(config.period.label)
    except PostingError:
        return False
    return True


def _refused(error: PostingError, given: int) -> Posted:
    check = Check(name="events", side="vouchers", currency=None, total=given, parts={"posted": 0})
    notes = (note("nothing_posted", error=error), *getattr(error, "__notes__", ()))
    report = StageReport(name="vouchers", status="attention", counts=(("events", given), ("vouchers", 0)), notes=notes)
    return Posted(checks=(check,), report=report, failed=True)


def _posted(config: CloseConfig, made: Made, given: int, opening: Table[AccountBalance] | None) -> Posted:
    lines = pl.concat([lines_of(made.begun_with), lines_of(made.vouchers)]) if made.begun_with else made.vouchers
    balance = trial_balance(lines, book=config.book, period=config.period.label, opening=opening)
    posting = made.posting
    checks = [
        *(attrs.evolve(check, name=f"posting: {check.name}") for check in posting.proof.checks),
        *(attrs.evolve(check, name=f"trial balance: {check.name}") for check in balance.proof.checks),
    ]
    left = posting.belonging_elsewhere.group_by("reason").len().sort("reason")
    off = [check for check in checks if not check.holds]
    notes = [note("events_left_out", reason=listed(reason), count=count) for reason, count in left.iter_rows()]
    notes += [note("noted_only", reason=listed(why), count=count) for why, count in _counted(posting.noted)]
    notes += [note("to_look_at", reason=listed(why), count=count) for why, count in _counted(posting.to_review)]
    if len(posting.late):
        notes.append(note("late", count=len(posting.late)))
    began = max((one.as_of for one in opening or ()), default=None)
    if began is not None and began < config.period.first - _ONE_DAY:
        notes.append(note("months_between", day=began, first=config.period.first))
    if made.period != config.period.label:
        notes.append(note("locked", period=config.period.label, other=made.period))
    report = StageReport(
        name="vouchers",
        status="attention" if off or posting.to_review.height else "done",
        counts=(
            ("events", given),
            ("vouchers", len(made.vouchers)),
            ("vouchers that take others back", sum(one.reversal_of is not None for one in _others(made))),
            *((("vouchers of the close before", len(made.begun_with)),) if made.begun_with else ()),
            ("events noted only", posting.noted.height),
            ("events left out", posting.belonging_elsewhere.height),
            ("events late", len(posting.late)),
            ("events to look at", posting.to_review.height),
            ("accounts", len(balance)),
        ),
        notes=(*notes, *map(of_check, off)),
    )
    return Posted(made=made, balance=balance, checks=tuple(checks), report=report)


def _others(made: Made) -> Sequence[Voucher]:
    """The vouchers that may take others back, without unpacking the rest."""
    return made.vouchers.others if isinstance(made.vouchers, Vouchers) else made.vouchers


def _counted(frame: pl.DataFrame) -> list[tuple[str, int]]:
    return [(str(note), int(count)) for note, count in frame.group_by("note").len().sort("note").iter_rows()]


def balances_of(balance: TrialBalance | None, config: CloseConfig) -> pl.DataFrame | None:
    """The trial balance as reports take it; None without one.

    Args:
        balance: The trial balance.
        config: What the close is told.
    """
    if balance is None:
        return None
    roles = {account.code: role for role, account in reversed(list(config.book.mapped.accounts.items()))}
    frame = balance.accounts.filter(~pl.col("is_total"))
    role = pl.col("account").replace_strict(roles, default=None, return_dtype=pl.String)
    return frame.select(
        "account", pl.col("account_name").alias("name"), role.alias("role"),
        "opening_minor", "debit_minor", "credit_minor", "closing_minor", "currency",
    )  # fmt: skip
