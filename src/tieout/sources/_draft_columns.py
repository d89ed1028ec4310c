"""Columns of drafts: which column fills which field."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import polars as pl

from tieout.model import BankTransaction, SettlementLine, Shipment
from tieout.sources._captions import fold_caption
from tieout.sources._draft_content import Content
from tieout.sources._draft_words import PLACED, SETTLED, Sense, field_of, senses_of
from tieout.tables._schema import record_schema

__all__ = ["Bound", "bind_columns", "fits", "moneylike"]

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
_FREIGHT: Final = r"运费|快递费|邮费|freight|shipping"
_BARE_NUMBER: Final = r"^(?:单号|编号|号码|number|no\.?)$"


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


def fits(sense: str, content: Content, record: type | None) -> bool:
    """Whether what a column holds can be what a sense says.

    Args:
        sense: The sense.
        content: The column.
        record: The record whose field it would fill; None while that is not known.
    """
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


def moneylike(contents: Iterable[Content]) -> list[Content]:
    """Columns that look like money by their cells alone.

    Args:
        contents: The columns.
    """
    return [one for one in contents if one.kind == "amount" and one.has_fractions and one.pii is None]


def bind_columns(contents: Sequence[Content], record: type) -> dict[str, Bound]:
    """Which column says what: bound columns by sense, or by `charge CAPTION` and `part CAPTION`."""
    choices = [
        (sense, content)
        for content in contents
        if content.pii is None
        for sense in _senses_in(content, record)
        if _is_possible(sense, content, record)
    ]
    choices.sort(
        key=lambda choice: (
            choice[1].kind == "blank",
            _likelihood(choice[0], choice[1], record),
            *_strength(choice[0], record),
        )
    )
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
    if not fits(sense.name, content, record):
        return False
    if sense.name.startswith("charge "):
        return record.__name__ == "CourierCharge"
    if sense.name.startswith("part "):
        return record.__name__ == "SettlementLine"
    if sense.name == "field created_at":  # of an order when it was placed, of a line of a settlement when that was made
        return record.__name__ == sense.record
    if sense.name == "when" and _is_of_another(content, record):
        return False
    return field_of(sense.name, record) is not None


def _is_of_another(content: Content, record: type) -> bool:
    """Whether a day is an order's, and so not the one on which its parcel left."""
    return record is Shipment and re.search(PLACED, fold_caption(content.bare_caption)) is not None


def _senses_in(content: Content, record: type) -> list[Sense]:
    """What a column may say; in a settlement, that it holds what was settled, of whatever else its caption speaks."""
    found = re.search(SETTLED, fold_caption(content.bare_caption)) if record is SettlementLine else None
    if found is None:
        return senses_of(content.bare_caption)
    return [Sense(name="amount", reason=f"its caption says {found[0]!r}", is_known=True, record=record.__name__)]


def _likelihood(sense: Sense, content: Content, record: type) -> int:
    """Of columns that may be the same: first what was settled, last the freight of an order and a number of nothing."""
    if sense.name == "tracking" and re.search(_BARE_NUMBER, fold_caption(content.bare_caption)):
        return 2
    if sense.name != "amount" or record is not SettlementLine:
        return 1
    caption = fold_caption(content.bare_caption)
    return 0 if re.search(SETTLED, caption) else 2 if re.search(_FREIGHT, caption) else 1


def _strength(sense: Sense, record: type) -> tuple[bool, bool]:
    return not sense.is_known, sense.record != record.__name__


def _by_content(bound: dict[str, Bound], left: list[Content], record: type) -> None:
    """Bind by their cells alone what no caption says; the only day of a bank's line is the one on which it was booked."""
    wanted = [
        ("currency", "currency", "its cells are codes of currencies"),
        ("direction", "direction", "its cells are words of directions"),
    ]
    if "picked up" not in bound:
        wanted.append(("when", "date", "its cells are the first dates"))
    for sense, kind, reason in wanted:
        of_kind = (one for one in left if one.kind == kind)
        found = next((one for one in of_kind if sense != "when" or not _is_of_another(one, record)), None)
        if sense not in bound and field_of(sense, record) is not None and found is not None:
            bound[sense] = Bound(content=found, sense=sense, reason=reason)
            left.remove(found)
    if record is BankTransaction and "when" not in bound and "value day" in bound:
        only = bound.pop("value day")
        bound["when"] = attrs.evolve(only, sense="when", reason=f"{only.reason}, and no other column has days")
    has_money = {"amount", "gain", "loss", "paid out"} & set(bound) or any(
        key.startswith(("charge ", "part ")) for key in bound
    )
    shown = moneylike(left)
    if not has_money and shown and field_of("amount", record) is not None:
        bound["amount"] = Bound(content=shown[0], sense="amount", reason="its cells are the first that look like money")
