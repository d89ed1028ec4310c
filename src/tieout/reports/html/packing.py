"""Tables packed for a page: column by column as JSON, compressed, opened by the browser when somebody looks at them."""

import base64
import gzip
import hashlib
import json
import math
from typing import Any

import attrs
import polars as pl

from tieout.reports.figures import shown

__all__ = ["Packed", "json_for_page", "packed"]

_SAFE = 2**53 - 1  # what a number of JavaScript holds exactly; beyond it stands text, which the page reads as BigInt
_FEW = 2  # a column whose values repeat this often is written as a list of values and their numbers


@attrs.frozen(kw_only=True)
class Packed:
    """A table as text that can stand in a page.

    Attributes:
        name: Hash of what is in it, so that a table that several sections share stands once.
        text: base64 of the compressed JSON.
        rows: How many rows it has.
    """

    name: str
    text: str = attrs.field(repr=False)
    rows: int


def json_for_page(value: object) -> str:
    """JSON that may stand inside a script element: no character in it can end the element or begin a tag."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return shown(text)  # which spells characters out as JSON does


def packed(frame: pl.DataFrame, zone: str) -> Packed:
    """A frame packed.

    Args:
        frame: The rows.
        zone: Zone in which moments are written.
    """
    columns = {series.name: _column(series, zone) for series in frame.iter_columns()}
    text = json.dumps({"n": frame.height, "c": columns}, ensure_ascii=False, separators=(",", ":")).encode()
    return Packed(
        name=hashlib.sha256(text).hexdigest()[:16],
        text=base64.b64encode(gzip.compress(text, 6, mtime=0)).decode(),
        rows=frame.height,
    )


def _column(series: pl.Series, zone: str) -> dict[str, Any]:
    """Values as they are (`v`), or the different ones (`d`) and where each stands (`i`); whole numbers are marked (`t`)."""
    if series.dtype.is_integer():
        values = series.to_list()
        big = any(abs(one) > _SAFE for one in (series.min(), series.max()) if isinstance(one, int))
        if big:
            values = [str(one) if one is not None and abs(one) > _SAFE else one for one in values]
        return {"v": values, "t": "i"}
    if series.dtype.is_float():
        return {"v": [one if one is not None and math.isfinite(one) else None for one in series.to_list()]}
    if series.dtype == pl.Boolean:
        return {"v": series.to_list()}
    text = _as_text(series, zone)
    marked = {"t": "n"} if series.dtype.is_decimal() else {}
    different = text.unique(maintain_order=True)
    if different.len() * _FEW > text.len():
        return {"v": text.to_list(), **marked}
    at = pl.DataFrame({"one": different, "at": range(different.len())}, schema={"one": pl.String, "at": pl.Int64})
    index = text.to_frame("one").join(at, on="one", how="left", nulls_equal=True, maintain_order="left")["at"]
    return {"d": different.to_list(), "i": index.to_list(), **marked}


def _as_text(series: pl.Series, zone: str) -> pl.Series:
    """Days and moments so that they sort as text; lists with commas; all else as it writes itself."""
    if isinstance(series.dtype, pl.Datetime):
        local = series.dt.convert_time_zone(zone) if series.dtype.time_zone else series
        return local.dt.strftime("%Y-%m-%d %H:%M:%S")
    if series.dtype == pl.Date:
        return series.dt.strftime("%Y-%m-%d")
    if isinstance(series.dtype, pl.List):
        return series.cast(pl.List(pl.String)).list.join(", ")
    if isinstance(series.dtype, pl.Struct):
        return series.struct.json_encode().set(series.is_null(), None)
    return series.cast(pl.String)
