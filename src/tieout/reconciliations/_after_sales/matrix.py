"""The matrix of after-sales (`domain.md` 5.1): which records each kind of case must have, must not have, or may have."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import attrs
import polars as pl

from tieout.errors import InputError

__all__ = [
    "CHECKLIST",
    "MATRIX",
    "ROWS",
    "Need",
    "Row",
    "checklist_of",
    "matrix_frame",
    "missing_expr",
    "policy_of",
    "row_expr",
]


class Need(StrEnum):
    """Whether a record must be there."""

    MUST = "must"
    MUST_NOT = "must_not"
    MAY = "may"
    EITHER = "either"
    """One of those that say so: what is lost is refunded or sent again."""


_YES, _NO, _MAY, _EITHER = Need.MUST, Need.MUST_NOT, Need.MAY, Need.EITHER


@attrs.frozen(kw_only=True)
class Row:
    """What one kind of case needs.

    Attributes:
        name: What it is called.
        refund: A refund of the platform; what the channel paid follows it.
        outbound: The parcel of the order.
        further: A parcel beyond it, sent instead or again, or the repaired article.
        inbound: Goods that came back.
        policy_days: Days from receipt in which a buyer may apply; None without a limit.
        evidence: What has to be on file once it is over (`domain.md` C47).
    """

    name: str
    refund: Need
    outbound: Need
    further: Need
    inbound: Need
    policy_days: int | None = None
    evidence: tuple[str, ...] = ("approval",)


MATRIX: Final = (
    Row(name="cancel", refund=_YES, outbound=_NO, further=_NO, inbound=_NO),
    Row(name="intercept", refund=_YES, outbound=_YES, further=_NO, inbound=_YES),
    Row(name="rejected", refund=_YES, outbound=_YES, further=_NO, inbound=_YES),
    Row(name="refund_only", refund=_YES, outbound=_YES, further=_NO, inbound=_NO, policy_days=15),
    Row(name="return_no_reason", refund=_YES, outbound=_YES, further=_NO, inbound=_YES, policy_days=7),
    Row(name="return_quality", refund=_YES, outbound=_YES, further=_NO, inbound=_YES, policy_days=15),
    Row(name="price_difference", refund=_YES, outbound=_YES, further=_NO, inbound=_NO, policy_days=30),
    Row(name="exchange_same", refund=_NO, outbound=_YES, further=_YES, inbound=_YES, policy_days=15),
    Row(name="exchange_other", refund=_MAY, outbound=_YES, further=_YES, inbound=_YES, policy_days=15),
    Row(name="reship", refund=_NO, outbound=_YES, further=_YES, inbound=_NO),
    Row(name="repair", refund=_MAY, outbound=_YES, further=_YES, inbound=_YES, policy_days=365),
    Row(name="compensation", refund=_YES, outbound=_MAY, further=_MAY, inbound=_MAY),
    Row(name="cod_rejected", refund=_NO, outbound=_YES, further=_NO, inbound=_YES),
    Row(name="lost", refund=_EITHER, outbound=_YES, further=_EITHER, inbound=_NO),
)
"""One row for each case of 5.1. A price difference is repaid before or after shipment, a compensation whatever was shipped."""
ROWS: Final = tuple(row.name for row in MATRIX)
_BY_MERCHANT: Final = ("internal", "courier", "platform")
_KNOWN_EVIDENCE: Final = {
    "approval": pl.col("approved_at").is_not_null(),
    "reason": pl.col("reason_code").is_not_null(),
    "responsible_party": pl.col("responsible_party").is_not_null(),
    "return_tracking_no": pl.col("return_tracking_no").is_not_null(),
    "exchange_tracking_no": pl.col("exchange_tracking_no").is_not_null(),
    "received": pl.col("received_at").is_not_null(),
    "inspection": pl.col("lines").list.eval(pl.element().struct.field("condition").is_not_null()).list.any(),
    "order": pl.col("has_order"),
    "refund": pl.col("has_refund"),
    "channel": pl.col("has_paid"),
}
CHECKLIST: Final = tuple(_KNOWN_EVIDENCE)
"""Evidence that records hold; any other name is looked for in the `raw` cells of the case."""


def matrix_frame() -> pl.DataFrame:
    """The matrix in columns: `case` and the needs."""
    names = ("refund", "outbound", "further", "inbound")
    return pl.DataFrame(
        [(row.name, *(getattr(row, name).value for name in names)) for row in MATRIX],
        schema={"case": pl.String, **{f"needs_{name}": pl.String for name in names}},
        orient="row",
    )


def row_expr() -> pl.Expr:
    """The row of the matrix that a case is judged by, from its record, its order and what is refunded of it.

    Needs `is_cod`, `is_unshipped` (the order never left), `refunded_minor` (of the case) and `limit_minor` (what was paid).
    """
    kind, before = pl.col("kind"), pl.col("stage") == "before_shipment"
    unshipped = before | (pl.col("stage").is_null() & pl.col("is_unshipped"))
    by_merchant = (pl.col("freight_bearer") == "merchant") | pl.col("responsible_party").is_in(_BY_MERCHANT)
    whole = pl.col("refunded_minor") >= pl.col("limit_minor")
    some = (pl.col("refunded_minor") > 0) & ~whole.fill_null(value=False)
    chosen = {
        "cancel": kind.is_in(["refund_only", "return_refund"]) & unshipped,
        "cod_rejected": (kind == "rejected") & pl.col("is_cod"),
        "return_quality": (kind == "return_refund") & by_merchant,
        "return_no_reason": kind == "return_refund",
        "exchange_other": (kind == "exchange") & some,
        "exchange_same": kind == "exchange",
        "price_difference": kind == "price_adjust",
        "compensation": kind.is_in(["compensation", "freight_compensation"]),
    }
    row = kind  # the other kinds have rows of their own names
    for name in reversed(chosen):
        row = pl.when(chosen[name].fill_null(value=False)).then(pl.lit(name)).otherwise(row)
    return row


def policy_of(own: Mapping[str, int]) -> dict[str, int]:
    """Days in which a buyer may apply, by row.

    Raises:
        InputError: A row is unknown, or its days are not a number of days.
    """
    for name, days in own.items():
        _known(name, "policy_days")
        if days < 0:
            raise InputError(f"{name!r} takes a number of days, got {days!r}", where="policy_days")
    return {row.name: row.policy_days for row in MATRIX if row.policy_days is not None} | dict(own)


def checklist_of(own: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """What has to be on file, by row.

    Raises:
        InputError: A row is unknown, or its evidence is not a list of names.
    """
    for name, names in own.items():
        _known(name, "checklist")
        if isinstance(names, str) or not all(one.isidentifier() for one in names):
            raise InputError(f"{name!r} takes a list of names, got {names!r}", where="checklist")
    return {row.name: row.evidence for row in MATRIX} | {name: tuple(names) for name, names in own.items()}


def missing_expr(checklist: Mapping[str, Sequence[str]]) -> pl.Expr:
    """What is not on file of a case, joined by a comma; empty where all is.

    Args:
        checklist: As `checklist_of` gives it.
    """
    missing = pl.lit("")
    for name in sorted({name for names in checklist.values() for name in names}):
        rows = [row for row, names in checklist.items() if name in names]
        is_there = _KNOWN_EVIDENCE.get(name, pl.col("raw").str.json_path_match(f"$.{name}").fill_null("") != "")
        lacks = pl.col("case").is_in(rows) & ~is_there.fill_null(value=False)
        missing += pl.when(lacks).then(pl.lit(f",{name}")).otherwise(pl.lit(""))
    return missing.str.strip_prefix(",")


def _known(name: str, where: str) -> None:
    if name not in ROWS:
        raise InputError(f"there is no case {name!r}; known: {', '.join(ROWS)}", where=where)
