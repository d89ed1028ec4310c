"""The casebook: whose work a discrepancy is until it is closed, and what an auditor finds of it thirty years later.

Floor 7. Needs `tieout[store]`; everything else of the library works without a store.
"""

try:
    import sqlalchemy as _sqlalchemy  # noqa: F401 - whether it is there
except ImportError as cause:
    from tieout.errors import MissingExtra

    raise MissingExtra("sqlalchemy", extra="store", purpose="keeping a casebook") from cause

from tieout.casebook.actors import SYSTEM, Actor, Role
from tieout.casebook.alerts import (
    Alert,
    AlertRule,
    AppriseSink,
    HookSink,
    LogSink,
    Message,
    Retry,
    Sink,
    WebhookSink,
)
from tieout.casebook.archiving import Kept, Packed
from tieout.casebook.calendars import Calendar, HolidayCalendar, WeekCalendar
from tieout.casebook.case_desk import Decided
from tieout.casebook.casebook import Casebook
from tieout.casebook.cases import Attachment, Case
from tieout.casebook.claiming import Claim
from tieout.casebook.clock import Clock, TickingClock, system_clock
from tieout.casebook.deciding import Cause
from tieout.casebook.forgetting import Forgotten
from tieout.casebook.importing import Imported
from tieout.casebook.linking import Linked
from tieout.casebook.links import Link, Made, Part, Split, Unlink
from tieout.casebook.log import Entry
from tieout.casebook.natural_keys import NaturalKey
from tieout.casebook.periods import PeriodState
from tieout.casebook.policies import Handling, Policies
from tieout.casebook.proposals import Proposal, ProposalKind
from tieout.casebook.rebuilding import Rebuilt
from tieout.casebook.refs import RecordRef, refs_of
from tieout.casebook.rereviewing import Change, Rereview
from tieout.casebook.reviewing import Sample, SampleItem
from tieout.casebook.runs import Absorbed, Run, Stage, StageStatus
from tieout.casebook.touching import Touched
from tieout.casebook.verifying import Fault, Verification
from tieout.casebook.voucher_posting import Posted
from tieout.casebook.workflow import CaseState, Resolution

__all__ = [
    "SYSTEM",
    "Absorbed",
    "Actor",
    "Alert",
    "AlertRule",
    "AppriseSink",
    "Attachment",
    "Calendar",
    "Case",
    "CaseState",
    "Casebook",
    "Cause",
    "Change",
    "Claim",
    "Clock",
    "Decided",
    "Entry",
    "Fault",
    "Forgotten",
    "Handling",
    "HolidayCalendar",
    "HookSink",
    "Imported",
    "Kept",
    "Link",
    "Linked",
    "LogSink",
    "Made",
    "Message",
    "NaturalKey",
    "Packed",
    "Part",
    "PeriodState",
    "Policies",
    "Posted",
    "Proposal",
    "ProposalKind",
    "Rebuilt",
    "RecordRef",
    "Rereview",
    "Resolution",
    "Retry",
    "Role",
    "Run",
    "Sample",
    "SampleItem",
    "Sink",
    "Split",
    "Stage",
    "StageStatus",
    "TickingClock",
    "Touched",
    "Unlink",
    "Verification",
    "WebhookSink",
    "WeekCalendar",
    "refs_of",
    "system_clock",
]
