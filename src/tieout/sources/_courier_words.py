"""Courier words: what couriers call their charges, as charge types.

The names differ by courier, branch and year; what they have in common is a word. The first word of the list that a name
holds decides, so the narrower words stand before the wider ones.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from tieout.model import ChargeType
from tieout.sources._each_text import of_each_text_expr
from tieout.sources._reading import Reading

__all__ = ["CHARGE_WORDS", "ENGLISH_CHARGE_WORDS", "charge_type_expr", "charged_by_words", "english_charge_type_expr"]

CHARGE_WORDS: Final[tuple[tuple[str, ChargeType], ...]] = (
    ("返款", ChargeType.COD_REMITTANCE),
    ("回款", ChargeType.COD_REMITTANCE),
    ("时效", ChargeType.SERVICE_GUARANTEE_CREDIT),
    ("延误", ChargeType.SERVICE_GUARANTEE_CREDIT),
    ("理赔", ChargeType.COMPENSATION),
    ("赔付", ChargeType.COMPENSATION),
    ("赔偿", ChargeType.COMPENSATION),
    ("返利", ChargeType.REBATE),
    ("返点", ChargeType.REBATE),
    ("折扣", ChargeType.DISCOUNT),
    ("优惠", ChargeType.DISCOUNT),
    ("促销", ChargeType.DISCOUNT),
    ("调整", ChargeType.ADJUSTMENT),
    ("调账", ChargeType.ADJUSTMENT),
    ("滞纳金", ChargeType.LATE_PAYMENT),
    ("签单返还", ChargeType.RECEIPT_RETURN),
    ("回单", ChargeType.RECEIPT_RETURN),
    ("签收确认", ChargeType.SIGNATURE),
    ("代收货款", ChargeType.COD_FEE),
    ("代收", ChargeType.COD_FEE),
    ("保价", ChargeType.INSURANCE),
    ("保险", ChargeType.INSURANCE),
    ("包装", ChargeType.PACKAGING),
    ("包材", ChargeType.PACKAGING),
    ("耗材", ChargeType.PACKAGING),
    ("面单", ChargeType.LABEL),
    ("改址", ChargeType.ADDRESS_CHANGE),
    ("地址变更", ChargeType.ADDRESS_CHANGE),
    ("更改地址", ChargeType.ADDRESS_CHANGE),
    ("拦截", ChargeType.INTERCEPT),
    ("转寄退回", ChargeType.RETURN_TO_SENDER),
    ("退回", ChargeType.RETURN_TO_SENDER),
    ("取退", ChargeType.REVERSE_PICKUP),
    ("上门取件", ChargeType.REVERSE_PICKUP),
    ("超范围", ChargeType.OUT_OF_RANGE),
    ("超区", ChargeType.OUT_OF_RANGE),
    ("偏远", ChargeType.REMOTE_AREA),
    ("超长超重", ChargeType.OVERSIZE),
    ("超长", ChargeType.OVERSIZE),
    ("异形", ChargeType.OVERSIZE),
    ("超重", ChargeType.OVERWEIGHT),
    ("燃油", ChargeType.FUEL),
    ("资源调节", ChargeType.RESOURCE_ADJUST),
    ("旺季", ChargeType.PEAK),
    ("高峰", ChargeType.PEAK),
    ("上楼", ChargeType.UPSTAIRS),
    ("夜", ChargeType.NIGHT),
    ("节假日", ChargeType.HOLIDAY),
    ("春节", ChargeType.HOLIDAY),
    ("仓储", ChargeType.STORAGE),
    ("仓租", ChargeType.STORAGE),
    ("保管", ChargeType.STORAGE),
    ("关税", ChargeType.DUTY),
    ("清关", ChargeType.CUSTOMS),
    ("报关", ChargeType.CUSTOMS),
    ("税", ChargeType.TAX),
    ("运费", ChargeType.BASE),
    ("快递费", ChargeType.BASE),
    ("配送费", ChargeType.BASE),
    ("收派服务费", ChargeType.BASE),
    ("中转费", ChargeType.BASE),
)
"""Words in the order in which they are looked for, and the charge type of names that hold them."""


def charge_type_expr(names: pl.Expr) -> pl.Expr:
    """The charge type of each name, `other` for names without a known word, null for null.

    Example:
        >>> frame = pl.DataFrame({"name": ["运费", "收派服务费-理赔", "超长超重附加费", "宠物托运", None]})
        >>> frame.select(charge_type_expr(pl.col("name")))["name"].to_list()
        ['base', 'compensation', 'oversize', 'other', None]
    """
    found = of_each_text_expr(names, _by_words, pl.String())
    return pl.when(names.is_not_null()).then(found.fill_null(ChargeType.OTHER.value)).alias("name")


def _by_words(name: pl.Expr) -> pl.Expr:
    words = CHARGE_WORDS
    return pl.coalesce(pl.when(name.str.contains(word, literal=True)).then(pl.lit(kind.value)) for word, kind in words)


ENGLISH_CHARGE_WORDS: Final[Mapping[str, ChargeType]] = {
    r"^shipping (?:charge )?correction|^zone adjustment|\badjustment\b": ChargeType.ADJUSTMENT,
    r"service failure|guaranteed? service|\bgsr\b": ChargeType.SERVICE_GUARANTEE_CREDIT,
    r"\bvoid": ChargeType.VOID_CREDIT,
    r"late payment|late fee": ChargeType.LATE_PAYMENT,
    r"payment processing": ChargeType.PAYMENT_PROCESSING,
    r"\bfuel\b|fuel-": ChargeType.FUEL,
    r"discount|bonus|performance pricing|\bincentive\b": ChargeType.DISCOUNT,
    r"\brebate": ChargeType.REBATE,
    r"address correction": ChargeType.ADDRESS_CORRECTION,
    r"demand surcharge|surge fee|\bpeak\b": ChargeType.PEAK,
    r"large package|over maximum|unauthorized package": ChargeType.LARGE_PACKAGE,
    r"additional handling|addl\.? handling|\bahs\b|non-?standard|non-?mach": ChargeType.ADDITIONAL_HANDLING,
    r"oversize": ChargeType.OVERSIZE,
    r"delivery intercept": ChargeType.INTERCEPT,
    r"reroute": ChargeType.ADDRESS_CHANGE,
    r"return to sender|undeliverable return": ChargeType.RETURN_TO_SENDER,
    r"call tag": ChargeType.REVERSE_PICKUP,
    r"signature|delivery confirmation": ChargeType.SIGNATURE,
    r"saturday delivery": ChargeType.SATURDAY,
    r"remote area|out of delivery area|out of pickup area|pickup area surcharge": ChargeType.REMOTE_AREA,
    r"\bdas\b|delivery area|extended area": ChargeType.DAS,
    r"pickup": ChargeType.OTHER,
    r"residential surcharge|residential delivery|^residential$": ChargeType.RESIDENTIAL,
    r"declared value": ChargeType.INSURANCE,
    r"print(?: return)? label": ChargeType.LABEL,
    r"\bduty|\bduties\b": ChargeType.DUTY,
    r"\bvat\b|\bgst\b|\bhst\b|\bpst\b|\bqst\b|\btax\b": ChargeType.TAX,
    r"customs|clearance|brokerage|disbursement|merchandise processing": ChargeType.CUSTOMS,
    r"minimum charge": ChargeType.MINIMUM,
    r"transportation charge|^freight$": ChargeType.BASE,
}
"""Patterns (in syntax that Python and Rust share, of any case) and charge types, in the order in which they are looked for."""


def english_charge_type_expr(names: pl.Expr, *, other: pl.Expr | None = None) -> pl.Expr:
    """The charge type of each English name, null for null.

    Args:
        names: What the courier calls its charges.
        other: The type of names without a known word; None for `other`.

    Example:
        >>> frame = pl.DataFrame({"name": ["Fuel Surcharge", "DAS Extended Resi", "Address Correction Fuel Surcharge", "??"]})
        >>> frame.select(english_charge_type_expr(pl.col("name")))["name"].to_list()
        ['fuel', 'das', 'fuel', 'other']
    """
    known = of_each_text_expr(names, _by_english_words, pl.String())
    rest = pl.lit(ChargeType.OTHER.value) if other is None else other
    return pl.when(names.is_not_null()).then(pl.coalesce(known, rest)).alias("name")


def _by_english_words(name: pl.Expr) -> pl.Expr:
    words = ENGLISH_CHARGE_WORDS.items()
    return pl.coalesce(pl.when(name.str.contains(f"(?i){word}")).then(pl.lit(kind.value)) for word, kind in words)


def charged_by_words(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    """A `shape` that gives each charge its type by the courier's words."""
    return frame.with_columns(charge_type_expr(pl.col("description")).alias("charge_type"))
