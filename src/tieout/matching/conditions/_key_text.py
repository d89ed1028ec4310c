"""Key texts: identifiers in the one form in which they are compared."""

from collections.abc import Callable

import polars as pl

from tieout.keys import exact_key_expr, normalize_expr
from tieout.matching._names import cell
from tieout.matching._sides import Found
from tieout.matching.conditions._base import Form

__all__ = [
    "as_it_came",
    "exact_form",
    "exact_key",
    "harmed_form",
    "harmed_key",
    "is_exact_key",
    "is_text_key",
    "written_out",
]

# `keys.exact_key` gives such a text back as it is; the tests hold it to that.
_UNDECODABLE = "\N{REPLACEMENT CHARACTER}"
_NOT_EXACT = "[^0-9A-Z]"
_EXACT_CHARS_MIN = 5
_EXACT, _AS_IT_CAME = "exact:", "as it came:"


def written_out(found: Found) -> Form:
    """Text of an id column; a float's digits are written by `tieout.keys`, which knows which of them are invented."""
    if found.dtype.is_float():
        return exact_key(found)
    return Form(f"text:{found.column}", cell(found.column).cast(pl.String))


def exact_key(found: Found) -> Form:
    """The form in which keys are joined."""
    name = f"{_EXACT}{found.column}"
    if found.dtype.is_float():
        return Form(name, exact_form(cell(found.column)))
    return Form(name, exact_form(cell(found.column).cast(pl.String)), base=written_out(found), differs=_unclean())


def as_it_came(found: Found) -> Form:
    """The text of what has an exact key."""
    if found.dtype.is_float():
        return exact_key(found)
    text = cell(found.column).cast(pl.String)
    known = pl.when(exact_form(text).is_not_null()).then(text)
    return Form(f"{_AS_IT_CAME}{found.column}", known, base=written_out(found), differs=_unclean())


def harmed_key(found: Found) -> Form:
    """The form in which harmed keys are compared: an exact key is the same in it."""
    name, text = f"harmed:{found.column}", harmed_form(cell(found.column))
    return Form(name, text, base=exact_key(found), differs=pl.col("form").is_null())


def is_exact_key(form: Form) -> bool:
    """Whether a form is an exact key, which does not tell apart texts that differ in signs and spaces alone."""
    return form.name.startswith(_EXACT)


def is_text_key(form: Form) -> bool:
    """Whether a form is an exact key, or the text of what has one: that of a clean text is the text."""
    return form.name.startswith((_EXACT, _AS_IT_CAME))


def _unclean() -> pl.Expr:
    return _may_change(pl.col("form"))


def _may_change(text: pl.Expr) -> pl.Expr:
    """Whether an exact key may be another text than this one: of most texts one look says no."""
    return text.str.contains(_NOT_EXACT) | (text.str.len_bytes() < _EXACT_CHARS_MIN)


def exact_form(column: pl.Expr) -> pl.Expr:
    """`keys.exact_key_expr`, at the price of one regex for the cells that are clean already, which nearly all are."""
    return column.map_batches(
        lambda cells: _unless_clean(cells, exact_key_expr), return_dtype=pl.String, is_elementwise=True
    )


def harmed_form(column: pl.Expr) -> pl.Expr:
    """`keys.normalize_expr`, at the same price: also of keys that lost digits, but not of what could not be decoded."""
    return column.map_batches(lambda cells: _unless_clean(cells, _decoded), return_dtype=pl.String, is_elementwise=True)


def _decoded(column: pl.Expr) -> pl.Expr:
    key = normalize_expr(column)
    return pl.when(~key.str.contains(_UNDECODABLE, literal=True)).then(key)


def _unless_clean(cells: pl.Series, rewrite: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    if cells.dtype != pl.String:
        return _rewritten(cells, rewrite)
    unclean = cells.to_frame("cells").select(_may_change(pl.col("cells")).arg_true()).to_series()
    if unclean.is_empty():
        return cells
    return cells.clone().scatter(unclean, _rewritten(cells.gather(unclean), rewrite))


def _rewritten(cells: pl.Series, rewrite: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return cells.alias("key").to_frame().select(rewrite(pl.col("key"))).to_series()
