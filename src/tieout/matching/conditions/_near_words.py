"""Words of nearness: spans of time, tolerances, gaps and changes of a tolerance, in English and in Chinese."""

from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from tieout.matching.conditions._distance import Words
from tieout.matching.conditions._values import Kind

__all__ = ["amount_of", "change_words", "gap_words", "limit_words", "shortest", "span_words"]

_WIDE = Context(prec=80)
_DAY_US = 86_400_000_000
_NONE = Words(en="none", zh="零")
_SETTINGS = {"after": ("after", "偏晚"), "before": ("before", "偏早")}
_DAYS = {"days": "天", "business days": "个工作日"}
_SETTINGS_NUMBER = {"after": ("above", "偏大"), "before": ("below", "偏小")}


def span_words(span: timedelta) -> Words:
    """A span of time: whole days as such, others with hours, minutes and seconds.

    Example:
        >>> span_words(timedelta(days=1, hours=2)).zh
        '1 天 2 小时'
    """
    days = Words(en=f"{span.days} day{'' if span.days == 1 else 's'}", zh=f"{span.days} 天")
    if not span % timedelta(days=1):
        return days
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    exact = f"{seconds}" if not span.microseconds else f"{seconds}.{span.microseconds:06d}".rstrip("0")
    parts = [(span.days, "天"), (hours, "小时"), (minutes, "分"), (exact if exact != "0" else 0, "秒")]
    return Words(en=str(span), zh=" ".join(f"{count} {unit}" for count, unit in parts if count))


def amount_of(number: Decimal, unit: str) -> Words:
    """A number with its unit, as `Distance` and `Change` hold it."""
    if unit == "seconds":
        return span_words(timedelta(microseconds=int(number.scaleb(6, _WIDE))))
    if unit in _DAYS:
        plural = "" if number == 1 else "s"
        return Words(en=f"{number:f} {unit.removesuffix('s')}{plural}", zh=f"{number:f} {_DAYS[unit]}")
    if unit == "percent":
        return Words(en=f"{number:f} percentage points", zh=f"{number:f} 个百分点")
    return Words(en=f"{number:f}", zh=f"{number:f}")


def limit_words(
    above: Decimal | timedelta | None,
    below: Decimal | timedelta | None,
    percent: Decimal | None,
    kind: Kind,
    *,
    is_business: bool = False,
) -> Words:
    """A tolerance as it stands in a sentence: `5 days`, `5 after or 1 before`, `0.05 or 1 %`."""
    unit = "" if kind is Kind.NUMBER else "business days" if is_business else "days"
    en, zh = [], []
    if above is not None and above == below:
        if above or percent is None:
            bound = _bound_words(above, unit)
            en.append(bound.en)
            zh.append(bound.zh)
    elif above is not None and below is not None:
        settings = _SETTINGS_NUMBER if kind is Kind.NUMBER else _SETTINGS
        more, less = _bound_words(above, unit), _bound_words(below, unit)
        en.append(f"{more.en} {settings['after'][0]} or {less.en} {settings['before'][0]}")
        zh.append(f"右表{settings['after'][1]} {more.zh}、{settings['before'][1]} {less.zh}")
    if percent is not None:
        share = f"{shortest(percent):f} %"
        en.append(share)
        zh.append(share)
    return Words(en=" or ".join(en), zh=" 或 ".join(zh))


def gap_words(
    column: str, values: tuple[Any, Any], gap: Decimal, unit: str, limit: Words, percent: Decimal | None
) -> Words:
    """How far two values are apart, against what is allowed.

    Args:
        column: Column as the rule names it.
        values: Left and right value.
        gap: Right minus left.
        unit: Its unit.
        limit: The tolerance.
        percent: The gap as a round percentage of the left value, if it is one.
    """
    left, right = values
    size = amount_of(gap.copy_abs(), unit)
    allowed_zh = "不允许有差异" if limit == _NONE else f"允许 {limit.zh}"
    if isinstance(left, date):
        later = gap > 0
        return Words(
            en=f"{column} on the right is {size.en} {'later' if later else 'earlier'} ({left} and {right}), {limit.en} allowed",
            zh=f"{column} 右表{'晚' if later else '早'} {size.zh}（左表 {left}，右表 {right}），{allowed_zh}",
        )
    share = "" if percent is None else f": {percent.copy_abs():f} %"
    share_zh = "" if percent is None else f"，即左表的 {percent.copy_abs():f} %"
    return Words(
        en=f"{column} differs by {size.en} ({left} and {right}{share}), {limit.en} allowed",
        zh=f"{column} 相差 {size.zh}{share_zh}（左表 {left}，右表 {right}），{allowed_zh}",
    )


def change_words(column: str, setting: str, more: Decimal, unit: str, *, is_number: bool) -> Words:
    """By how much a tolerance would have to grow: `2 days more on ship_date`."""
    size = amount_of(more, unit)
    side = (_SETTINGS_NUMBER if is_number else _SETTINGS).get(setting)
    way = Words(en="", zh="") if side is None else Words(en=f" ({side[0]})", zh=f"（右表{side[1]}一侧）")
    return Words(en=f"{size.en} more on {column}{way.en}", zh=f"{column} 的容差再放宽 {size.zh}{way.zh}")


def _bound_words(bound: Decimal | timedelta, unit: str) -> Words:
    if not bound:
        return _NONE
    if isinstance(bound, timedelta):
        return span_words(bound)
    if unit and Fraction(bound).denominator != 1:
        part = timedelta(microseconds=int(Fraction(bound) % 1 * _DAY_US))
        return span_words(timedelta(days=int(bound)) + part)
    return amount_of(shortest(bound), unit)


def shortest(number: Decimal) -> Decimal:
    """A number without an exponent or needless zeros, whatever the caller's decimal context is."""
    short = number.normalize(_WIDE)
    return short.quantize(Decimal(1), context=_WIDE) if int(short.as_tuple().exponent) > 0 else short
