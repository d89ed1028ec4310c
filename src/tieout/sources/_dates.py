"""Dates and times as exports write them, a column at a time.

Year first in any of the usual ways (`2026-10-03`, `2026/10/3`, `2026.10.03`, `2026年10月3日`, `20261003`, each with or
without a time and an offset), the month by its English name (`Dec 1, 2017 12:38:23 AM PST`, `31 July, 2026`), month and day
without year (`07-01`, `7月1日`) where the month of the bill is known, and the serial numbers of spreadsheets. `07/01/2026`
means two days, so it needs a format to be given. What fits none of these, or names no day, is null.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from tieout.sources._each_text import of_each_text

__all__ = [
    "LACKS_YEAR",
    "PLAIN_DAY",
    "PLAIN_MOMENT",
    "parse_dates",
    "parse_moments",
    "parse_period",
    "plain_days",
    "plain_moments",
]

LACKS_YEAR = r"^([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:\s+([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2}))?)?$"
"""A month and a day without a year, with or without a time."""

_ISO_DAY = r"(?:19[7-9][0-9]|2[01][0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_ISO_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
PLAIN_DAY = f"^{_ISO_DAY}(?: {_ISO_CLOCK})?$"
PLAIN_MOMENT = f"^{_ISO_DAY} {_ISO_CLOCK}$"
"""What most files write; that the month has such a day is not said."""

_FULL = (
    r"^(?P<y>[0-9]{4})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?"
    r"(?:(?:T|\s+)(?P<h>[0-9]{1,2})[:时](?P<i>[0-9]{1,2})(?:[:分](?P<s>[0-9]{1,2})秒?(?:[.,](?P<f>[0-9]{1,9}))?)?)?\s*(?P<z>Z|UTC|[+-][0-9]{2}:?[0-9]{2})?$"
)
_PLAIN = {  # what most files write, and what Polars is quick at
    f"^[0-9]{{4}}{mark}[0-9]{{1,2}}{mark}[0-9]{{1,2}}{between}[0-9]{{1,2}}:[0-9]{{1,2}}:[0-5]?[0-9]$": (
        f"%Y{mark}%m{mark}%d{between}%H:%M:%S"
    )
    for mark, between in (("-", " "), ("/", " "), ("-", "T"))
}
_COMPACT = (
    r"^(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?:T?\s*(?P<h>[0-9]{2}):?(?P<i>[0-9]{2})(?::?(?P<s>[0-9]{2}))?)?$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:(?:,|\s+at)?\s+(?P<h>[0-9]{1,2}):(?P<i>[0-9]{2})(?::(?P<s>[0-9]{2}))?"
    r"(?:\s*(?P<p>[AaPp])\.?[Mm]\.?)?(?:\s*(?P<z>[A-Z]{3,4}))?)?$"
)
_NAMED = (
    r"^(?P<n>[A-Za-z]{3,9})\.?\s+(?P<d>[0-9]{1,2})(?:,|\s)\s*(?P<y>[0-9]{4})" + _CLOCK,
    r"^(?P<d>[0-9]{1,2})[\s-](?P<n>[A-Za-z]{3,9})\.?(?:,\s*|[\s-]+)(?P<y>[0-9]{4})" + _CLOCK,
)
_MONTH_NAME = (
    "(?i)^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?)$"
)
_ZONES = {  # minutes from UTC; letters that mean several zones, such as CST or BST, are not known
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "SGT": 480,
    "HKT": 480,
    "AWST": 480,
    "JST": 540,
    "KST": 540,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "BRT": -180,
    "EDT": -240,
    "EST": -300,
    "MDT": -360,
    "MST": -420,
    "PDT": -420,
    "PST": -480,
    "AKDT": -480,
    "AKST": -540,
    "HST": -600,
}
_AMBIGUOUS_ZONES = frozenset({"AST", "BST", "CDT", "CST", "GST", "IST"})
_ZONE_WORD = r"^(.*[0-9].*?)\s+([A-Z]{3,5}|[A-Z][A-Za-z]+/[A-Za-z_/+-]+[0-9]{0,2})$"
_SERIAL = r"^([0-9]{5})(?:\.([0-9]+))?$"
_SERIAL_START = date(1899, 12, 30)  # day 0 of a spreadsheet's calendar, its false 29 February 1900 allowed for
_SERIAL_MIN, _SERIAL_MAX = 29_221, 65_745  # 1980 to 2079
_SECONDS = 86_400
_YEAR_MIN, _YEAR_MAX = 1970, 2199
_GUARDS = "`'\"= \t"
_UNCLEAN = "[`'\"=\t：－／．　]|^ | $"
_WIDE = {"：": ":", "－": "-", "／": "/", "．": ".", "　": " "}
_DAY = r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?"

_NO_OFFSET = pl.lit(None, dtype=pl.Int64)
_NOTHING = pl.lit(None, dtype=pl.Datetime("us"))


def parse_dates(cells: pl.Series, *, month: date | None = None, date_format: str | None = None) -> pl.Series:
    """The local days that texts name; null where they name none.

    Args:
        cells: Texts; the time of day is dropped.
        month: Any day of the month that the file is about, for texts without a year: their year is the one that puts them in this
            month or in the eleven before it.
        date_format: How the texts are written, in the notation of `strftime`; nothing else is then tried.

    Example:
        >>> parse_dates(pl.Series(["2026/7/1", "12-31", "2026-02-30"]), month=date(2026, 1, 1)).to_list()
        [datetime.date(2026, 7, 1), datetime.date(2025, 12, 31), None]
    """
    return of_each_text(cells, lambda texts: _naive(_cleaned(texts), month, date_format)["moment"].dt.date(), pl.Date())


def plain_days(cells: pl.Series) -> pl.Series:
    """`parse_dates` of texts that match `PLAIN_DAY`; null where the month has no such day, anything for other texts."""
    return cells.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def plain_moments(cells: pl.Series, *, timezone: str) -> pl.Series:
    """`parse_moments` of texts that match `PLAIN_MOMENT`; null where there is none, anything for other texts."""
    texts = cells.alias("text").to_frame()
    at = pl.col("text").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us", time_zone=None)
    return texts.select(_in_utc(at, timezone).alias("moment")).to_series()


def parse_moments(
    cells: pl.Series, *, timezone: str | None, month: date | None = None, date_format: str | None = None
) -> tuple[pl.Series, pl.Series]:
    """The moments that texts name, in UTC, and which texts would need a time zone that nobody gave.

    Args:
        cells: Texts; a day without a time is its midnight.
        timezone: IANA name of the zone in which texts without an offset are written; None when nobody knows. Letters behind
            the time that mean one zone, such as PST, are an offset; those that mean several, such as CST, must be that zone's.
        month: As for `parse_dates`.
        date_format: As for `parse_dates`.

    Returns:
        Moments, null where a text names none (a local time that a clock change skips or repeats names none either), and a mask
        of the texts that have no offset while there is no time zone.

    Example:
        >>> texts = pl.Series(["2026-07-01 08:30:00", "2026-07-01T08:30:00Z"])
        >>> moments, homeless = parse_moments(texts, timezone="Asia/Shanghai")
        >>> moments.dt.hour().to_list()
        [0, 8]
    """
    instant = pl.Datetime("us", "UTC")
    dtype = pl.Struct({"moment": instant, "homeless": pl.Boolean()})
    both = of_each_text(cells, lambda texts: _moments(_cleaned(texts), timezone, month, date_format), dtype).struct
    return both.field("moment"), both.field("homeless").fill_null(value=False)


def _cleaned(texts: pl.Series) -> pl.Series:
    if not texts.str.contains(_UNCLEAN).any():
        return texts
    return texts.str.strip_chars(_GUARDS).str.replace_many(list(_WIDE), list(_WIDE.values()))


def _moments(texts: pl.Series, timezone: str | None, month: date | None, date_format: str | None) -> pl.Series:
    """Moments; those of texts that end in the name of a zone, in that zone."""
    words = texts.str.extract(_ZONE_WORD, 2)
    known = [word for word in words.drop_nulls().unique().sort() if word in _ZONES or _is_zone(word)]
    if not known:
        return _moments_in(texts, timezone, month, date_format)
    bare = texts.str.extract(_ZONE_WORD, 1)
    rows, values = [], []
    for word in known:
        rows.append((words == word).fill_null(value=False).arg_true())
        zone = "UTC" if word in _ZONES else timezone if word in _AMBIGUOUS_ZONES else word
        found = _moments_in(bare.gather(rows[-1]), zone, month, date_format)
        if word in _ZONES:
            found = _moved(found, -_ZONES[word])
        elif word in _AMBIGUOUS_ZONES and timezone is not None:
            found = _called(found, word, timezone)
        values.append(found)
    rows.append((~words.is_in(known)).fill_null(value=True).arg_true())
    values.append(_moments_in(texts.gather(rows[-1]), timezone, month, date_format))
    return pl.concat(values).gather(pl.concat(rows).arg_sort())


def _moved(values: pl.Series, minutes: int) -> pl.Series:
    moment = pl.col("moment") + pl.duration(minutes=minutes)
    return values.struct.unnest().select(pl.struct(moment, "homeless").alias("value"))["value"]


def _called(values: pl.Series, word: str, timezone: str) -> pl.Series:
    """The moments at which that zone's clocks are called so; null for others, which the letters put elsewhere."""
    is_called = pl.col("moment").dt.convert_time_zone(timezone).dt.to_string("%Z") == word
    moment = pl.when(is_called).then("moment").alias("moment")
    return values.struct.unnest().select(pl.struct(moment, "homeless").alias("value"))["value"]


def _is_zone(word: str) -> bool:
    """Whether the word names a zone, or letters that several zones share."""
    if word in _AMBIGUOUS_ZONES:
        return True
    if "/" not in word:
        return False
    try:
        ZoneInfo(word)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _moments_in(texts: pl.Series, timezone: str | None, month: date | None, date_format: str | None) -> pl.Series:
    parts = _naive(texts, month, date_format)
    at, offset = pl.col("moment"), pl.col("offset")
    with_offset = (at - pl.duration(minutes=offset)).dt.replace_time_zone("UTC")
    local = _in_utc(at, timezone or "UTC")
    homeless = at.is_not_null() & offset.is_null() & pl.lit(timezone is None)
    moment = pl.when(offset.is_not_null()).then(with_offset).otherwise(local)
    return parts.select(pl.struct(moment=moment, homeless=homeless).alias("value"))["value"]


def _in_utc(local: pl.Expr, timezone: str) -> pl.Expr:
    """The moments of local times; null where a clock change skips or repeats them."""
    zoned = local.dt.replace_time_zone(timezone, ambiguous="null", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")


def _naive(texts: pl.Series, month: date | None, date_format: str | None) -> pl.DataFrame:
    """Local date and time, and the offset from UTC in minutes where the text has one."""
    text = pl.col("text")
    frame = texts.alias("text").to_frame()
    if date_format is not None:
        given = pl.coalesce(
            text.str.to_datetime(date_format, strict=False, time_unit="us", time_zone=None),
            text.str.to_date(date_format, strict=False).cast(pl.Datetime("us")),
        )
        return frame.select(_plausible(given).alias("moment"), pl.lit(None, dtype=pl.Int64).alias("offset"))
    ways: list[Callable[[pl.Series], pl.DataFrame]] = [
        *(partial(_of_plain, pattern=pattern, written=written) for pattern, written in _PLAIN.items()),
        _of_full,
        _of_compact,
        *(partial(_of_named, pattern=pattern) for pattern in _NAMED),
        partial(_of_short, month=month),
        _of_serial,
    ]
    found = _in_turn(texts, ways)
    return found.select(_plausible(pl.col("moment")).alias("moment"), "offset")


def _in_turn(texts: pl.Series, ways: Sequence[Callable[[pl.Series], pl.DataFrame]]) -> pl.DataFrame:
    """What the first of the ways that reads a text finds; each is asked about the texts that those before it left."""
    left, rows, parts = texts, pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias("row"), []
    for way in ways:
        found = way(left).with_columns(rows)
        is_left = found["moment"].is_null()
        if not is_left.any():
            parts.append(found)
            break
        if not is_left.all():
            parts.append(found.filter(~is_left))
            left, rows = left.filter(is_left), rows.filter(is_left)
    else:
        parts.append(rows.to_frame().select(_NOTHING.alias("moment"), _NO_OFFSET.alias("offset"), "row"))
    return parts[0] if len(parts) == 1 else pl.concat(parts).sort("row")


def _groups(texts: pl.Series, pattern: str) -> pl.DataFrame:
    return texts.alias("text").to_frame().select(pl.col("text").str.extract_groups(pattern)).unnest("text")


def _of_plain(texts: pl.Series, *, pattern: str, written: str) -> pl.DataFrame:
    text = pl.col("text")
    alike = pl.when(text.str.contains(pattern)).then(text)
    moment = alike.str.to_datetime(written, strict=False, time_unit="us", time_zone=None)
    return texts.alias("text").to_frame().select(moment.alias("moment"), _NO_OFFSET.alias("offset"))


def _of_full(texts: pl.Series) -> pl.DataFrame:
    moment, offset = _assembled([pl.col(name) for name in "ymdhisf"]), _offset_minutes(pl.col("z"))
    return _groups(texts, _FULL).select(moment.alias("moment"), offset.alias("offset"))


def _of_compact(texts: pl.Series) -> pl.DataFrame:
    moment = _assembled([pl.col(name) for name in "ymdhis"])
    return _groups(texts, _COMPACT).select(moment.alias("moment"), _NO_OFFSET.alias("offset"))


def _of_named(texts: pl.Series, *, pattern: str) -> pl.DataFrame:
    """The parts of a date whose month has a name; null where it is no month, hour or zone."""
    name, half, zone = pl.col("n"), pl.col("p").str.to_lowercase(), pl.col("z")
    month = name.str.to_lowercase().str.slice(0, 3).replace_strict(list(_MONTHS), list(range(1, 13)), default=None)
    hour = pl.col("h").cast(pl.Int64)
    of_day = pl.when(half.is_null()).then(hour).when(hour.is_between(1, 12)).then(hour % 12 + 12 * (half == "p"))
    moment = _assembled([pl.col("y"), month, pl.col("d"), of_day, *map(pl.col, "is")])
    offset = zone.replace_strict(list(_ZONES), list(_ZONES.values()), default=None, return_dtype=pl.Int64)
    is_known = name.str.contains(_MONTH_NAME) & (zone.is_null() | offset.is_not_null())
    is_known &= hour.is_null() | of_day.is_not_null()
    found = pl.when(is_known).then(moment)
    return _groups(texts, pattern).select(found.alias("moment"), pl.when(is_known).then(offset).alias("offset"))


def _of_short(texts: pl.Series, *, month: date | None) -> pl.DataFrame:
    moment = _with_year([pl.col(str(group)) for group in range(1, 6)], month)
    return (
        _groups(texts, LACKS_YEAR)
        .with_columns(moment.alias("moment"), _NO_OFFSET.alias("offset"))
        .select("moment", "offset")
    )


def _plausible(moment: pl.Expr) -> pl.Expr:
    """The moment, unless its year is none that a file of a shop is about: `01/04/20` is not the year 20."""
    return pl.when(moment.dt.year().is_between(_YEAR_MIN, _YEAR_MAX)).then(moment)


def _assembled(parts: Sequence[pl.Expr]) -> pl.Expr:
    """The moment of its parts, as texts: year, month, day, hour, minute, second and fraction; the later ones may be left out."""
    year, month, day, hour, minute, second, fraction = [*parts, *([pl.lit(None, dtype=pl.String)] * (7 - len(parts)))]

    def two(part: pl.Expr) -> pl.Expr:
        return part.cast(pl.String).fill_null("0").str.zfill(2)

    micro = fraction.cast(pl.String).fill_null("0").str.slice(0, 6).str.pad_end(6, "0")
    text = pl.format("{}-{}-{} {}:{}:{}.{}", year, two(month), two(day), two(hour), two(minute), two(second), micro)
    return text.str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", strict=False, time_unit="us")


def _with_year(parts: Sequence[pl.Expr], month: date | None) -> pl.Expr:
    """The moment of its parts, month first, in the year that puts it in the file's month or in the eleven before it."""
    if month is None:
        return _NOTHING
    is_of_last_year = parts[0].cast(pl.Int64) > month.month
    year = pl.when(is_of_last_year).then(month.year - 1).when(~is_of_last_year).then(month.year).cast(pl.String)
    return _assembled([year, *parts])


def _of_serial(texts: pl.Series) -> pl.DataFrame:
    days, share = (
        pl.col("1").cast(pl.Int64),
        pl.col("2").str.slice(0, 9).str.pad_end(9, "0").cast(pl.Int64).fill_null(0),
    )
    seconds = (share * _SECONDS + 10**9 // 2) // 10**9
    moment = pl.lit(_SERIAL_START).cast(pl.Datetime("us")) + pl.duration(days=days, seconds=seconds)
    found = pl.when(days.is_between(_SERIAL_MIN, _SERIAL_MAX)).then(moment)
    return _groups(texts, _SERIAL).select(found.alias("moment"), _NO_OFFSET.alias("offset"))


def _offset_minutes(zone: pl.Expr) -> pl.Expr:
    hours = zone.str.extract(r"[+-]([0-9]{2})", 1).cast(pl.Int64)
    minutes = zone.str.extract(r"([0-9]{2})$", 1).cast(pl.Int64)
    east = hours * 60 + minutes
    return pl.when(zone.is_in(["Z", "UTC"])).then(0).when(zone.str.starts_with("-")).then(-east).otherwise(east)


def parse_period(text: str) -> tuple[date, date] | None:
    """First and last day of a period as files write it; None when the text holds no two days, in order.

    Example:
        >>> parse_period("2025-11-01 - 2025-11-26")
        (datetime.date(2025, 11, 1), datetime.date(2025, 11, 26))
        >>> parse_period("起始日期：[2026年05月01日 00:00:00] 终止日期：[2026年05月31日 23:59:59]")
        (datetime.date(2026, 5, 1), datetime.date(2026, 5, 31))
    """
    found = re.findall(_DAY, text)
    days = []
    for year, month, day in found:
        try:
            days.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    if len(days) < 2 or days[0] > days[1]:  # noqa: PLR2004 - a period has two ends
        return None
    return days[0], days[1]
