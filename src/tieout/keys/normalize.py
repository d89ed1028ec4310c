"""Cleaning identifiers, one by one or a column at a time.

Two strengths, and neither takes a character away that could tell two ids apart:

- `clean_key` takes off what files put around an id: spaces of every kind, tabs, guards (`="..."`, backtick, apostrophe,
  `@`), full-width forms, invisible characters, Excel's `.0`, and the commas of a number that a spreadsheet shows in
  groups (`1,234,567,890,123`). For order, payment and refund ids, whose case and hyphens matter. Fewer than four groups
  stay as they are: `101,102,103` may be three orders.
- `normalize_key` also takes spaces and hyphens out and upper-cases: the form in which tracking numbers are compared.
  The hyphen before a parcel suffix (`JDX000123456789-1`) stays, else the suffix would read as one more digit of the
  number.

Each has a twin on Polars expressions that agrees with it on every text and works only on the few cells that need it.
Rules: `domain.md` 2.1, `formats.md` 8.2 and 8.5.
"""

import re
from collections.abc import Sequence

import polars as pl

from tieout.keys import dirt
from tieout.keys.texts import as_text, require_text, rewrite_unless, whole

__all__ = ["clean_expr", "clean_key", "normalize_expr", "normalize_key"]

_CLEAN = r"[0-9A-Za-z][0-9A-Za-z_-]{3,}[0-9A-Za-z_]"
NORMAL = r"[0-9A-Z]{5,}"  # what `normalize_key` gives back as it is; no empty marker is that long
_FLOAT_TAIL = r"([0-9]+)\.0+"
GROUPED = r"[1-9][0-9]{0,2}(?:,[0-9]{3}){3,}(?:\.0+)?"
"""A whole number of ten digits or more in groups of three, which lost none of them."""
_SUFFIXED = r"(.*?)((?:-[0-9]{1,2})(?:-[0-9]{1,3})?)-?"
_SUFFIXED_BASE_MIN = 8  # characters; below that a hyphen is as likely to belong to the number
_UPPER = str.maketrans(dirt.UPPER)
_TEXT = pl.col("text")


def clean_key(text: str | None) -> str | None:
    r"""An id without what the file put around it; None when the cell means no id.

    Case, inner hyphens and scientific notation are left as they are.

    >>> clean_key('="3302710287203084298"'), clean_key("`4200000712202011221234567890\t"), clean_key(" -- ")
    ('3302710287203084298', '4200000712202011221234567890', None)

    Raises:
        WrongColumnType: Something else than text or None was given.
    """
    if text is None:
        return None
    text = require_text(text)
    return text if re.fullmatch(_CLEAN, text) else _meaningful(unwrapped(text))


def normalize_key(text: str | None) -> str | None:
    """An id in the form in which tracking numbers are compared; None when the cell means no id.

    >>> normalize_key(" sf 1012-3456 78901 "), normalize_key("ＪＤＸ０００１２３４５６７８９－１")
    ('SF1012345678901', 'JDX000123456789-1')

    Raises:
        WrongColumnType: Something else than text or None was given.
    """
    if text is None:
        return None
    text = require_text(text)
    if re.fullmatch(NORMAL, text):
        return text
    text = text.translate(dirt.TRANSLATION).translate(_UPPER).replace(" ", "")
    return _meaningful(_stripped(_without_hyphens(_stripped(text))))


def clean_expr(column: pl.Expr) -> pl.Expr:
    """`clean_key` on a column of text or numbers; gives text."""
    return column.map_batches(
        lambda cells: rewrite_unless(as_text(cells), whole(_CLEAN), peel=_peeled_expr(_TEXT), changes=_clean_dirty()),
        return_dtype=pl.String,
        is_elementwise=True,
    )


def normalize_expr(column: pl.Expr) -> pl.Expr:
    """`normalize_key` on a column of text or numbers; gives text.

    >>> frame = pl.DataFrame({"tracking_no": ["SF1012345678901", "'sf1012345678901", "-"]})
    >>> frame.select(normalize_expr(pl.col("tracking_no")))["tracking_no"].to_list()
    ['SF1012345678901', 'SF1012345678901', None]
    """
    return column.map_batches(
        lambda cells: rewrite_unless(
            as_text(cells), whole(NORMAL), peel=_peeled_expr(_TEXT), changes=_normalize_dirty()
        ),
        return_dtype=pl.String,
        is_elementwise=True,
    )


def unwrapped(text: str) -> str:
    """The text without what surrounds it: `clean_key` before it drops `.0` and empty markers."""
    return _stripped(re.sub(" +", " ", text.translate(dirt.TRANSLATION)))


def unwrapped_expr(text: pl.Expr) -> pl.Expr:
    """`unwrapped` on a column of text."""
    return _stripped_expr(_folded_expr(text, dirt.FOLDED).str.replace_all(dirt.SPACE_CLASS + "+", " "))


def _stripped(text: str) -> str:
    return text.lstrip(dirt.LEADING_GUARDS).rstrip(dirt.TRAILING_GUARDS)


def _meaningful(text: str) -> str | None:
    if re.fullmatch(GROUPED, text):
        text = text.replace(",", "")
    tail = re.fullmatch(_FLOAT_TAIL, text)
    if tail:
        text = tail[1]
    return None if text.upper() in dirt.EMPTY_MARKERS else text


def _without_hyphens(text: str) -> str:
    suffixed = re.fullmatch(_SUFFIXED, text)
    if suffixed:
        base = suffixed[1].replace("-", "")
        if len(base) >= _SUFFIXED_BASE_MIN:
            return base + suffixed[2]
    return text.replace("-", "")


def _clean_dirty() -> Sequence[pl.Expr]:
    return (unwrapped_expr(_TEXT), meaningful_expr(_TEXT))


def _normalize_dirty() -> Sequence[pl.Expr]:
    folded = _folded_expr(_TEXT, {**dirt.FOLDED, **dirt.UPPER, **dirt.FULL_WIDTH_UPPER})
    return (
        _stripped_expr(folded.str.replace_all(dirt.SPACE_CLASS, "")),
        _stripped_expr(_without_hyphens_expr(_TEXT)),
        meaningful_expr(_TEXT),
    )


def _folded_expr(text: pl.Expr, table: dict[str, str]) -> pl.Expr:
    return text.str.replace_many(list(table), list(table.values())).str.replace_all(dirt.DROPPED_CLASS, "")


def _peeled_expr(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars_start(dirt.LEADING_GUARDS + "\t").str.strip_chars_end(dirt.TRAILING_GUARDS + "\t")


def _stripped_expr(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars_start(dirt.LEADING_GUARDS).str.strip_chars_end(dirt.TRAILING_GUARDS)


def meaningful_expr(text: pl.Expr) -> pl.Expr:
    """Unwrapped text without `.0` and the commas of groups, null where it means no id."""
    is_grouped = text.str.contains(whole(GROUPED))
    text = pl.when(is_grouped).then(text.str.replace_all(",", "", literal=True)).otherwise(text)
    text = text.str.replace(whole(_FLOAT_TAIL), "${1}")
    return pl.when(text.str.to_uppercase().is_in(sorted(dirt.EMPTY_MARKERS))).then(None).otherwise(text)


def _without_hyphens_expr(text: pl.Expr) -> pl.Expr:
    base = text.str.extract(whole(_SUFFIXED), 1).str.replace_all("-", "", literal=True)
    suffix = text.str.extract(whole(_SUFFIXED), 2)
    is_suffixed = base.str.len_chars() >= _SUFFIXED_BASE_MIN
    return pl.when(is_suffixed).then(base + suffix).otherwise(text.str.replace_all("-", "", literal=True))
