"""Finding identifiers inside free text.

Remarks, subjects and bank memos hold order and waybill numbers (`domain.md` 2.1, `formats.md` 2.1). A bare run of
digits is never taken: a number counts when the text says what it is (`订单号`, `tradeid:`, brackets as Taobao writes
them) or when its form is one carrier's own. `_` joins words, so the payout serial `FP301_8587437774500402` is not an
order number.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

import attrs
import polars as pl

from tieout.keys.carriers import CARRIERS
from tieout.keys.dirt import FOLDED, FULL_WIDTH_UPPER, UPPER
from tieout.keys.texts import require_text

__all__ = ["FoundId", "IdKind", "extract_all_expr", "extract_expr", "extract_ids"]


class IdKind(StrEnum):
    """What an extracted id identifies."""

    ORDER = "order"
    REFUND = "refund"
    TRACKING = "tracking"
    CLAIM = "claim"


@attrs.frozen(kw_only=True)
class FoundId:
    """An id found inside a text.

    Attributes:
        kind: What it identifies.
        value: The id, half-width and upper-case, as it stands there.
        start: Position of its first character in the text.
        end: Position after its last character.
        rule: Name of the rule that found it.
    """

    kind: IdKind
    value: str
    start: int
    end: int
    rule: str


@attrs.frozen(kw_only=True)
class _Rule:
    """A form of words around an id; the id is the one group."""

    name: str
    kind: IdKind
    form: str


_SAYS = "[ :]*"
_ORDER_ID = "([0-9]{6}-[0-9]{15}|[0-9]{3}-[0-9]{7}-[0-9]{7}|[0-9]{16,22})"
_SUFFIX = "(?:-[0-9]{1,2}){0,2}"
_OWN_FORMS = "|".join(
    pattern.form for carrier in CARRIERS.values() for pattern in carrier.patterns if pattern.is_distinctive
)
_RULES = (
    _Rule(name="merchant order", kind=IdKind.ORDER, form=r"\bT[0-9]{1,4}P([0-9]{16,22})\b"),
    _Rule(name="tradeid", kind=IdKind.ORDER, form=rf"\bTRADEID{_SAYS}([0-9]{{16,22}})\b"),
    _Rule(name="订单号", kind=IdKind.ORDER, form=rf"订单(?:编?号|ID){_SAYS}{_ORDER_ID}\b"),
    _Rule(name="parentheses", kind=IdKind.ORDER, form=r"\(([0-9]{16,22})\)"),
    _Rule(name="brackets", kind=IdKind.ORDER, form=r"\[([0-9]{16,22})\]"),
    _Rule(name="braces", kind=IdKind.ORDER, form=r"\{([0-9]{16,22})\}"),
    _Rule(name="PDD order", kind=IdKind.ORDER, form=r"\b([0-9]{6}-[0-9]{15})\b"),
    _Rule(name="Amazon order", kind=IdKind.ORDER, form=r"\b([0-9]{3}-[0-9]{7}-[0-9]{7})\b"),
    _Rule(
        name="退款单号",
        kind=IdKind.REFUND,
        form=rf"(?:退款|售后)(?:单|批次|服务单)?(?:编?号|ID){_SAYS}([0-9]{{12,32}})\b",
    ),
    _Rule(name="赔付单号", kind=IdKind.CLAIM, form=rf"(?:赔付|理赔|索赔)单号{_SAYS}([0-9A-Z]{{8,32}})\b"),
    _Rule(
        name="运单号",
        kind=IdKind.TRACKING,
        form=rf"(?:运单|面单|快递单?|物流单?)编?号码?{_SAYS}([0-9A-Z]{{8,24}}{_SUFFIX})\b",
    ),
    _Rule(name="carrier's own form", kind=IdKind.TRACKING, form=rf"\b((?:{_OWN_FORMS}){_SUFFIX})\b"),
)
_FOLD = {**FOLDED, **UPPER, **FULL_WIDTH_UPPER}
_FOLD_TABLE = str.maketrans(_FOLD)


def extract_ids(text: str | None) -> tuple[FoundId, ...]:
    """All ids that a text names, in the order in which they stand there; each place counts once for each kind of id.

    >>> remark = "代扣款（赔付单号：CH202606260001，运单号：435233529604913，tradeid:3302710287203084298）"
    >>> [(found.kind.value, found.value) for found in extract_ids(remark)]
    [('claim', 'CH202606260001'), ('tracking', '435233529604913'), ('order', '3302710287203084298')]

    Raises:
        WrongColumnType: Something else than text or None was given.
    """
    if text is None:
        return ()
    found: list[FoundId] = []
    for one in _in_order_of_rules(require_text(text).translate(_FOLD_TABLE)):
        if not any(one.kind is other.kind and one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.kind)))


def extract_expr(column: pl.Expr, kind: IdKind) -> pl.Expr:
    """One id of that kind from each text: the first that the most telling rule finds; null where there is none.

    >>> frame = pl.DataFrame({"memo": ["T200P5116032541422009305", "退差价"]})
    >>> frame.select(extract_expr(pl.col("memo"), IdKind.ORDER))["memo"].to_list()
    ['5116032541422009305', None]
    """
    folded = _folded(column)
    return pl.coalesce(folded.str.extract(form, 1) for form in _column_forms(kind))


def extract_all_expr(column: pl.Expr, kind: IdKind) -> pl.Expr:
    """All distinct ids of that kind in each text, as a list; empty where there is none, null where there is no text."""
    folded = _folded(column)
    lists = [folded.str.extract_all(form).list.eval(pl.element().str.extract(form, 1)) for form in _column_forms(kind)]
    return pl.concat_list(lists).list.unique(maintain_order=True)


def _in_order_of_rules(text: str) -> Iterator[FoundId]:
    for rule in _RULES:
        for match in re.finditer(rule.form, text, re.ASCII):
            yield FoundId(kind=rule.kind, value=match[1], start=match.start(1), end=match.end(1), rule=rule.name)


def _folded(column: pl.Expr) -> pl.Expr:
    return column.str.replace_many(list(_FOLD), list(_FOLD.values()))


def _column_forms(kind: IdKind) -> list[str]:
    """The rules' forms in Rust's notation, where a word boundary is ASCII only when told so."""
    return [rule.form.replace(r"\b", r"(?-u:\b)") for rule in _RULES if rule.kind is kind]
