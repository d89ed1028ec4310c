"""Columns of drafts: which record a table seems to hold, and which column fills which field."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import polars as pl

from tieout.sources._draft_content import Content
from tieout.sources._draft_words import Sense, field_of, senses_of
from tieout.tables._schema import record_schema

__all__ = ["Bound", "bind_columns", "likeliest_record"]

_MONEY: Final = frozenset({"amount", "number"})
_IDS: Final = frozenset({"id", "amount", "text"})
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(
        ("when", "value day", "picked up", "signed", "promised", "voided", "labelled"), frozenset({"date"})
    ),
    "direction": frozenset({"direction"}),
    "currency": frozenset({"currency"}),
    **dict.fromkeys(("amount", "balance", "fee", "net", "freight", "weight", "paid out"), _MONEY),
    **dict.fromkeys(("length", "width", "height", "declared", "on delivery"), _MONEY),
    **dict.fromkeys(("gain", "loss"), _MONEY | {"blank"}),
    "quantity": _MONEY,
    **dict.fromkeys(
        (
            "order",
            "serial",
            "refund",
            "tracking",
            "postcode",
            "from postcode",
            "settles",
            "article",
            "order of article",
        ),
        _IDS,
    ),
}
_WORDS: Final = frozenset({"text", "id", "direction"})
_CASH: Final = frozenset({"gain", "loss", "direction", "balance"})


@attrs.frozen(kw_only=True)
class Bound:
    """A column that seems to fill a field.

    Attributes:
        content: The column.
        sense: What it says.
        reason: Why that is thought.
    """

    content: Content
    sense: str
    reason: str


def _fits(sense: str, content: Content, record: type | None) -> bool:
    kinds = _KINDS.get(sense)
    if sense.startswith(("charge ", "part ")):
        kinds = _MONEY
    if sense.startswith("field "):
        kinds = _kinds_of_field(sense.removeprefix("field "), record)
    if sense in {"order", "serial", "refund", "tracking"} and content.kind == "amount":
        return not content.has_fractions and not content.has_minus
    if sense == "direction" and content.undirected is not None:
        return True
    return content.kind in (kinds if kinds is not None else _WORDS)


def _kinds_of_field(field: str, record: type | None) -> frozenset[str]:
    """The kinds of content that a field takes; none when the record has no such field, or it needs to be told more."""
    if record is None:
        return frozenset()
    dtypes = record_schema(record).dtypes
    name = field.replace(".", "_")
    if f"{name}_minor" in dtypes:
        return _MONEY
    dtype = dtypes.get(name)
    members = next((spec.members for spec in record_schema(record).columns if spec.name == name), None)
    if dtype is None or members is not None or name.endswith(("_g", "_cm")):
        return frozenset()
    if dtype == pl.String:
        return frozenset({"text", "id", "amount", "number"})
    return frozenset({"date"}) if dtype.is_temporal() else frozenset()


def likeliest_record(contents: Sequence[Content]) -> tuple[str, str] | None:
    """The record that a table seems to hold, and why; None when none fits."""
    found = {
        next((sense.name for sense in senses_of(content.bare_caption) if _fits(sense.name, content, None)), "")
        for content in contents
        if content.pii is None
    }
    has_charges = any(name.startswith("charge ") for name in found)
    has_parts = any(name.startswith("part ") for name in found)
    money = bool(found & {"amount", "gain", "loss", "paid out"})
    listed = None if money else _listed(found)
    if listed is not None:
        return listed
    if "tracking" in found:
        kind = "CourierCharge" if money or has_charges else "Shipment"
        return kind, f"it has tracking numbers {'and amounts' if kind == 'CourierCharge' else 'and no amounts'}"
    if "order" in found and (money or has_parts):
        return "SettlementLine", "it has order numbers and amounts"
    has_days = "when" in found or any(content.kind == "date" for content in contents)
    if has_days and (money or _moneylike(contents)):
        return _cash_record(found, money=money)
    if money or has_parts:
        return "SettlementLine", "it has amounts, and neither dates nor order numbers"
    return ("Order", "it has order numbers and no amounts") if "order" in found else None


def _listed(found: set[str]) -> tuple[str, str] | None:
    """Lists without amounts that only reports read."""
    if {"complaint", "order"} <= found:
        return "Complaint", "it has order numbers and what was complained of"
    if {"article", "category"} <= found and not found & {"order", "tracking", "when"}:
        return "Article", "it has codes of articles and their categories, and neither days nor amounts"
    return None


def _cash_record(found: set[str], *, money: bool) -> tuple[str, str]:
    """Payouts of a platform, or the lines of a bank: a table of days and amounts without order numbers."""
    if {"paid out", "serial"} <= found and not found & _CASH:
        return "Payout", "it has numbers and amounts of payouts"
    said = f"{' and '.join(sorted(found & _CASH))}, and" if money and found & _CASH else "dates and amounts, and"
    return "BankTransaction", f"it has {said} no order numbers"


def _moneylike(contents: Iterable[Content]) -> list[Content]:
    """Columns that look like money by their cells alone."""
    return [one for one in contents if one.kind == "amount" and one.has_fractions and one.pii is None]


def bind_columns(contents: Sequence[Content], record: type) -> dict[str, Bound]:
    """Which column says what: bound columns by sense, or by `charge CAPTION` and `part CAPTION`."""
    choices = [
        (sense, content)
        for content in contents
        if content.pii is None
        for sense in senses_of(content.bare_caption)
        if _is_possible(sense, content, record)
    ]
    choices.sort(key=lambda choice: (choice[1].kind == "blank", *_strength(choice[0], record)))
    bound: dict[str, Bound] = {}
    taken: set[int] = set()
    fields: set[Any] = set()
    for sense, content in choices:
        target, field = _target(sense.name, content, record)
        if content.position in taken or target in bound or field in fields:
            continue
        bound[target] = Bound(content=content, sense=sense.name, reason=sense.reason)
        taken.add(content.position)
        fields.add(field)
    _by_content(bound, [one for one in contents if one.position not in taken and one.pii is None], record)
    return bound


def _target(sense: str, content: Content, record: type) -> tuple[str, object]:
    """What a column is bound as, and the field that no other column may fill beside it."""
    if sense.startswith(("charge ", "part ")):
        return f"{sense.partition(' ')[0]} {content.caption}", content.caption
    if sense in {"gain", "loss", "direction"}:
        return sense, sense
    if sense == "field currency":
        return "currency", field_of(sense, record)
    return sense, field_of(sense, record)


def _is_possible(sense: Sense, content: Content, record: type) -> bool:
    if not _fits(sense.name, content, record):
        return False
    if sense.name.startswith("charge "):
        return record.__name__ == "CourierCharge"
    if sense.name.startswith("part "):
        return record.__name__ == "SettlementLine"
    return field_of(sense.name, record) is not None


def _strength(sense: Sense, record: type) -> tuple[bool, bool]:
    return not sense.is_known, sense.record != record.__name__


def _by_content(bound: dict[str, Bound], left: list[Content], record: type) -> None:
    """Bind by their cells alone what no caption says."""
    wanted = [
        ("currency", "currency", "its cells are codes of currencies"),
        ("direction", "direction", "its cells are words of directions"),
    ]
    if "picked up" not in bound:
        wanted.append(("when", "date", "its cells are the first dates"))
    for sense, kind, reason in wanted:
        found = next((one for one in left if one.kind == kind), None)
        if sense not in bound and field_of(sense, record) is not None and found is not None:
            bound[sense] = Bound(content=found, sense=sense, reason=reason)
            left.remove(found)
    has_money = {"amount", "gain", "loss", "paid out"} & set(bound) or any(
        key.startswith(("charge ", "part ")) for key in bound
    )
    moneylike = _moneylike(left)
    if not has_money and moneylike and field_of("amount", record) is not None:
        bound["amount"] = Bound(
            content=moneylike[0], sense="amount", reason="its cells are the first that look like money"
        )
