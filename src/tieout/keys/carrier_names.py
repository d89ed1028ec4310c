"""Carrier names as files write them.

`顺丰速运`, `SF Express`, `sf` and `顺丰速运有限公司(华东)` are one carrier. Only whole names are recognised: a name
that is not in the table, once brackets, legal forms and words such as 快递 are off, has no code, for a branch or a
subsidiary may have rates of its own.
"""

import re

import polars as pl

from tieout.keys.carriers import CARRIERS
from tieout.keys.dirt import TRANSLATION
from tieout.keys.texts import as_text, require_text

__all__ = ["carrier_code", "carrier_code_expr"]

_BRACKETED = r"\([^()]*\)|\[[^\[\]]*\]"
_NOISE = r"[^0-9a-z\u3400-\u9fff]+"
_COMPANY = (
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "总公司",
    "分公司",
    "集团",
    "公司",
    "coltd",
    "ltd",
    "inc",
    "corporation",
    "corp",
)
_TRADE = ("快递", "速递", "速运", "快运", "物流", "快件", "express", "logistics", "courier")


def carrier_code(name: str | None) -> str | None:
    """The code of the carrier that a file calls so; None when the name is in no table.

    >>> carrier_code("顺丰速运"), carrier_code("SF Express"), carrier_code("中通快递(义乌)"), carrier_code("某某快递")
    ('sf', 'sf', 'zto', None)

    Raises:
        WrongColumnType: Something else than text or None was given.
    """
    if name is None:
        return None
    plain = re.sub(_BRACKETED, "", require_text(name).translate(TRANSLATION).lower())
    return next((_CODES[key] for key in _shorter_names(re.sub(_NOISE, "", plain)) if key in _CODES), None)


def carrier_code_expr(column: pl.Expr) -> pl.Expr:
    """`carrier_code` on a column of names; each distinct name is looked up once.

    >>> frame = pl.DataFrame({"carrier": ["圆通速递", "yto", None]})
    >>> frame.select(carrier_code_expr(pl.col("carrier")))["carrier"].to_list()
    ['yto', 'yto', None]
    """
    return column.map_batches(lambda names: _codes(as_text(names)), return_dtype=pl.String, is_elementwise=True)


def _codes(names: pl.Series) -> pl.Series:
    distinct = names.drop_nulls().unique().to_list()
    codes = {name: carrier_code(name) for name in distinct}
    return names.replace_strict(codes, default=None, return_dtype=pl.String)


def _shorter_names(name: str) -> list[str]:
    """The name, then without legal forms, then without words of the trade at its end, one by one."""
    names = [name]
    for words in (_COMPANY, _TRADE):
        while ending := next((word for word in words if name.endswith(word) and name != word), None):
            name = name.removesuffix(ending)
            names.append(name)
    return names


def _known_names() -> dict[str, str]:
    codes: dict[str, str] = {}
    for carrier in CARRIERS.values():
        for name in (carrier.code, carrier.name, carrier.name_zh, *carrier.aliases):
            key = re.sub(_NOISE, "", name.translate(TRANSLATION).lower())
            if key:
                codes[key] = carrier.code
    return codes


_CODES = _known_names()
