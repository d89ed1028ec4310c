"""What the words of a channel's bill mean: the kind of a movement, and whether it came about."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from tieout.errors import InputError

__all__ = [
    "DONE",
    "FAILED",
    "KINDS",
    "OUTCOMES",
    "PAYMENT",
    "PENDING",
    "REFUND",
    "kind_expr",
    "outcome_expr",
    "word_map",
]

PAYMENT: Final = "payment"
REFUND: Final = "refund"
_FEE: Final = "fee"
_DISPUTE: Final = "dispute"
_OTHER: Final = "other"
KINDS: Final = (PAYMENT, REFUND, _FEE, _DISPUTE, _OTHER)
DONE: Final = "done"
FAILED: Final = "failed"
PENDING: Final = "pending"
OUTCOMES: Final = (DONE, FAILED, PENDING)

_KIND_WORDS: Final = {
    _DISPUTE: r"(?i)拒付|chargeback|dispute|^T12\d\d$",
    _FEE: r"(?i)手续费|服务费|^收费$|佣金|\bfees?\b|^T01\d\d$",
    REFUND: r"(?i)退款|退票|撤销|refund|revers|revoked|^void|^T11\d\d$",
    _OTHER: r"(?i)提现|转账|转出|转入|充值|分账|分润|利息|结息|保证金|冻结|withdraw|payout|transfer|top.?up|reserve|\bhold\b"
    r"|interest|conversion|^T0[2-4]\d\d$|^T(?:15|21)\d\d$",
}
_FAILED_WORDS: Final = (
    r"(?i)失败|关闭|撤销|取消|作废|未支付|未付款|fail|denied|declin|cancel|void|closed|expire|reject|error|unpaid|revoked"
    r"|notpay|^D$"
)
_PENDING_WORDS: Final = (
    r"(?i)等待|处理中|待支付|待付款|支付中|pending|processing|in.?progress|authori[sz]ed|userpaying|^P$"
)
_FAILED_REFUNDS: Final = r"(?i)失败|关闭|fail|denied|declin|cancel|closed|reject|error|^CHANGE$|^D$"


def word_map(given: Mapping[str, str], known: tuple[str, ...], *, where: str) -> dict[str, str]:
    """A caller's own meanings of words.

    Raises:
        InputError: A meaning is none of those known.
    """
    for word, meaning in given.items():
        if meaning not in known:
            raise InputError(f"{word!r} is one of {', '.join(known)}, got {meaning!r}", where=where)
    return dict(given)


def kind_expr(own: Mapping[str, str]) -> pl.Expr:
    """The kind of a movement: by the caller's words, else by the channel's, else by its numbers and sign.

    A refund is named by its number. What a fund bill takes from the balance without any of these words is no refund for
    certain, so it is another movement; whatever comes in is a payment until somebody says otherwise.

    Args:
        own: Kinds by the exact word of the column `type`.
    """
    word = pl.col("type").fill_null("")
    by_sign = (
        pl.when(pl.col("channel_refund_id").is_not_null())
        .then(pl.lit(REFUND))
        .when(pl.col("amount_minor") >= 0)
        .then(pl.lit(PAYMENT))
        .when((pl.col("bill_kind") == "fund").fill_null(value=False))
        .then(pl.lit(_OTHER))
        .otherwise(pl.lit(REFUND))
    )
    kind = by_sign
    for name in reversed(_KIND_WORDS):
        kind = pl.when(word.str.contains(_KIND_WORDS[name])).then(pl.lit(name)).otherwise(kind)
    return _said(pl.col("type"), own, kind)


def outcome_expr(own: Mapping[str, str], *, is_refund: pl.Expr | None = None) -> pl.Expr:
    """Whether it came about: `done`, `failed` or `pending`; done where the status says nothing.

    A trade bill lists a refund when it is accepted and does not follow it later (`domain.md` 2.7), so a refund that is under way
    counts.

    Args:
        own: Outcomes by the exact word of the column `status`.
        is_refund: Which rows are refunds.
    """
    word = pl.col("status").fill_null("")
    paid = (
        pl.when(word.str.contains(_FAILED_WORDS))
        .then(pl.lit(FAILED))
        .when(word.str.contains(_PENDING_WORDS))
        .then(pl.lit(PENDING))
        .otherwise(pl.lit(DONE))
    )
    if is_refund is not None:
        refunded = pl.when(word.str.contains(_FAILED_REFUNDS)).then(pl.lit(FAILED)).otherwise(pl.lit(DONE))
        paid = pl.when(is_refund).then(refunded).otherwise(paid)
    return _said(pl.col("status"), own, paid)


def _said(word: pl.Expr, own: Mapping[str, str], otherwise: pl.Expr) -> pl.Expr:
    if not own:
        return otherwise
    return pl.coalesce(word.replace_strict(dict(own), default=None, return_dtype=pl.String), otherwise)
