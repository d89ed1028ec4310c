"""Decided events: what follows for the books from how a case ended, where a voucher template is made for it.

A reconciliation hands on what happened; that a loss is given up, or that a courier is right after all, somebody decides. Such an
event is made only of a case that is over, after the approval that its amount needs, and only where the event that it goes on
from was posted in the same book: an approval without the finding would take from suspense what never was there.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

import attrs
import polars as pl
from moneyed import Money

from tieout.casebook.policies import Policies
from tieout.casebook.workflow import CaseState, Resolution
from tieout.model import Event, Provenance
from tieout.model.currency import negated
from tieout.money import from_minor
from tieout.posting.tracing import stable_id

__all__ = [
    "ENDED",
    "MISMANAGED",
    "RULES",
    "DecidedCase",
    "Prior",
    "Rule",
    "by_hand_frame",
    "decided_event",
    "event_id_of",
    "prior_of",
    "rule_of",
    "why_not",
]

ENDED: Final = (CaseState.RESOLVED.value, CaseState.REVIEWED.value, CaseState.ARCHIVED.value)
"""States of cases that are over by somebody's decision."""
MISMANAGED: Final = frozenset({"theft", "loss", "spoilage", "mismanagement"})
"""Causes of losses whose input VAT is taken out again (`domain.md` 7.2); ordinary damage is none."""
_GIVEN_UP = (Resolution.WRITTEN_OFF.value, Resolution.ADJUSTING_VOUCHER.value)
_COURIER_IS_RIGHT = (
    Resolution.CLAIMED_REJECTED.value,
    Resolution.CLAIMED_RECOVERED.value,  # of what was not credited
    Resolution.WRITTEN_OFF.value,
    Resolution.FALSE_POSITIVE.value,
)


@attrs.frozen
class Rule:
    """What one way to end cases of a type means for the books.

    Attributes:
        types: Beginning of the types.
        resolutions: How they end.
        kind: Kind of the event.
        needs: Kind of the event that it goes on from, given to the book and of the same line of a file or document.
        unless: Kind of an event that says the same already, of the same line; None where none does.
    """

    types: str
    resolutions: tuple[str, ...]
    kind: str
    needs: str
    unless: str | None = None


RULES: Final = (
    Rule("warehouse.count_loss", _GIVEN_UP, "stock.loss_approved", "stock.count_loss"),  # V-28
    Rule("warehouse.count_loss", (Resolution.CLAIMED_RECOVERED.value,), "stock.loss_recovered", "stock.count_loss"),
    Rule("warehouse.count_gain", _GIVEN_UP, "stock.gain_approved", "stock.count_gain"),  # V-27
    Rule("warehouse.scrap_without_approval", _GIVEN_UP, "stock.scrap_approved", "stock.scrap_out"),  # V-13d, V-13e
    Rule("courier.", _COURIER_IS_RIGHT, "courier.claim_rejected", "courier.dispute"),  # V-18, V-18d
    Rule(
        "bank.receipt_unknown",
        (Resolution.MATCHED_MANUALLY.value,),
        "bank.identified",  # V-06b
        "bank.unidentified",
        unless="bank.identified",
    ),
)
"""Every end of a case that becomes an event. What is not here is none, and `why_not` says why where somebody may wait for it."""

_WHY_NOT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "courier.lost_not_compensated": "the credit on the courier's bill is booked as courier.compensation when it comes",
        "courier.damage_not_compensated": "the credit on the courier's bill is booked as courier.compensation when it comes",
        "aftersale.refund_exceeds_paid": "the refund and its settlement are booked: what is to be recovered is a claim by hand",
        "aftersale.refund_duplicated": "the refund and its settlement are booked: what is to be recovered is a claim by hand",
        "settlement.": "the settlement is booked as it came: what the platform still owes stands in its receivable",
    }
)
_BY_HAND: Final = "no template says which accounts it moves: prepare a voucher by hand"


@attrs.frozen(kw_only=True)
class DecidedCase:
    """What is asked of a case that is over.

    Attributes:
        case_id: The case.
        type: Its type.
        resolution: How it ended.
        cause: What caused it.
        day: Business day on which that was decided, or approved.
        currency: ISO 4217 code.
        impact_minor: actual - expected, smallest units, signed.
        credited_minor: What the other side gave back of it, positive.
        party: Who is responsible or was asked.
        keys: Its identifiers.
        place: Where the actual figure stands; None when no file says it.
    """

    case_id: str
    type: str
    resolution: str
    cause: str | None
    day: date
    currency: str
    impact_minor: int
    credited_minor: int
    party: str | None
    keys: Mapping[str, str]
    place: Provenance | None

    @classmethod
    def of_row(cls, row: Mapping[str, Any], *, policies: Policies, credited_minor: int = 0) -> "DecidedCase":
        """A case by its row of `case_now`.

        Args:
            row: The row.
            policies: Where a business day begins.
            credited_minor: What was credited of it.
        """
        place = None
        if row["source_file"] is not None or row["source_sha256"] is not None:
            place = Provenance(file=row["source_file"], sha256=row["source_sha256"], line=row["source_line"])
        return cls(
            case_id=row["case_id"],
            type=row["type"],
            resolution=row["resolution"],
            cause=row["cause"],
            day=policies.day_of(datetime.fromisoformat(row["resolved_at"])),
            currency=row["currency"],
            impact_minor=row["impact_minor"],
            credited_minor=credited_minor,
            party=row["responsible"],
            keys=json.loads(row["keys"]),
            place=place,
        )

    @property
    def amount(self) -> Money:
        """What is left to book, positive."""
        return from_minor(abs(self.impact_minor) - self.credited_minor, self.currency)


@attrs.frozen(kw_only=True)
class Prior:
    """An event that was given to a book, as far as a later one goes on from it.

    Attributes:
        event: The event.
        places: Lines that it is of: file by content or name, and run of lines.
    """

    event: Event
    places: tuple[tuple[str, int, int], ...]

    @classmethod
    def of(cls, event: Event) -> "Prior":
        """What is looked at of an event."""
        runs = [(each, each.line or 1, each.line_end or each.line) for each in event.sources]
        return cls(event=event, places=tuple((_file(each), first, last or 2**62) for each, first, last in runs))

    def is_of(self, case: DecidedCase) -> bool:
        """Whether it books the line of a case, or where no file says it, the document."""
        if self.event.amount.currency.code != case.currency:
            return False
        if case.place is None or not self.places:
            return self.event.document in case.keys.values()
        file, line = _file(case.place), case.place.line
        return any(own == file and (line is None or first <= line <= last) for own, first, last in self.places)


def _file(place: Provenance) -> str:
    return place.sha256 or place.file or ""


def rule_of(type_: str, resolution: str) -> Rule | None:
    """The rule for how a case ended; None where no event follows from it.

    Example:
        >>> rule_of("warehouse.count_loss", "written_off").kind
        'stock.loss_approved'
        >>> rule_of("warehouse.count_loss", "adjusted_stock")
    """
    return next((one for one in RULES if type_.startswith(one.types) and resolution in one.resolutions), None)


def prior_of(case: DecidedCase, rule: Rule, priors: Mapping[str, Sequence[Prior]]) -> Prior | None:
    """The event that the one of a case goes on from; None where there is none, or what is to be said is said already.

    Args:
        case: The case.
        rule: Its rule.
        priors: Events of the book by kind.
    """
    if rule.unless is not None and any(one.is_of(case) for one in priors.get(rule.unless, ())):
        return None
    found = [one for one in priors.get(rule.needs, ()) if one.is_of(case)]
    return _best(found, case) if found else None


def _best(found: Sequence[Prior], case: DecidedCase) -> Prior:
    """Of several events of one line the one whose leg is that of the case."""
    leg = case.keys.get("leg")
    return next((one for one in found if one.event.details.get("leg") == leg), found[0])


def decided_event(case: DecidedCase, rule: Rule, prior: Prior) -> Event | None:
    """The event that follows from how a case ended; None where nothing is left to book.

    It has one id however often it is made, as long as it means the same for the same case.

    Args:
        case: The case.
        rule: Its rule.
        prior: The event that it goes on from, whose document, party, rate and details it shares.

    Example:
        >>> loss = Event(event_id="e", kind="stock.count_loss", occurred_on=date(2026, 10, 31), document="C1",
        ...     amount=Money("80.00", "CNY"))
        >>> case = DecidedCase(case_id="c", type="warehouse.count_loss", resolution="written_off", cause="theft",
        ...     day=date(2026, 11, 2), currency="CNY", impact_minor=-8000, credited_minor=0, party=None,
        ...     keys={"count_id": "C1"}, place=None)
        >>> event = decided_event(case, rule_of(case.type, case.resolution), Prior.of(loss))
        >>> event.kind, event.amount, dict(event.details)
        ('stock.loss_approved', Money('80.00', 'CNY'), {'case': 'c', 'cause': 'mismanagement'})
    """
    amount, origin = case.amount, prior.event
    if amount.amount <= 0 or (rule.types == "courier." and case.impact_minor < 0):
        return None
    details = {name: text for name, text in origin.details.items() if name in {"leg", "warehouse", "payout"}}
    if rule.kind in {"stock.loss_approved", "stock.scrap_approved"} and case.cause in MISMANAGED:
        details["cause"] = "mismanagement"
    return Event(
        event_id=event_id_of(rule.kind, case.case_id),
        kind=rule.kind,
        occurred_on=case.day,
        document=origin.document,
        party=case.party if rule.kind == "stock.loss_recovered" else origin.party,
        shop_id=origin.shop_id,
        book_id=origin.book_id,
        amount=negated(amount) if origin.amount.amount < 0 else amount,
        tax_rate=origin.tax_rate,
        details={**details, "case": case.case_id},
        sources=() if case.place is None else (case.place,),
    )


def event_id_of(kind: str, case_id: str) -> str:
    """Id of the event of a kind that follows from a case: the same however often it is decided."""
    return stable_id("decided", kind, case_id)


def why_not(case: DecidedCase, rule: Rule | None) -> str:
    """Why no event follows from a case whose amount was given up.

    Args:
        case: The case.
        rule: Its rule; None where it has none.
    """
    if rule is not None and rule.types != "courier.":
        return f"no {rule.needs} of the same line was posted that {rule.kind} could go on from"
    return next((text for start, text in _WHY_NOT.items() if case.type.startswith(start)), _BY_HAND)


def by_hand_frame(rows: Iterable[tuple[DecidedCase, str]]) -> pl.DataFrame:
    """Cases that need a voucher by hand, with why."""
    columns = ("case_id", "type", "resolution", "impact_minor", "currency", "day", "why")
    found = [(one.case_id, one.type, one.resolution, one.impact_minor, one.currency, one.day, why) for one, why in rows]
    kinds = {"impact_minor": pl.Int64(), "day": pl.Date()}
    return pl.DataFrame(found, schema={name: kinds.get(name, pl.String()) for name in columns}, orient="row")
