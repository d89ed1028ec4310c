"""Names: what people call columns and rules, taken for nothing but names."""

import polars as pl
import polars.selectors as cs

__all__ = ["cell", "is_text"]


def cell(name: str) -> pl.Expr:
    """The column of that very name; `pl.col` would take `*` and `^...$` for patterns.

    Such a column gets another name on the way: Polars looks up a Series by its name too, in many of its methods.

    Example:
        >>> pl.DataFrame({"*": ["a"], "no": ["b"]}).select(cell("*").alias("found"))["found"].to_list()
        ['a']
    """
    is_pattern = name == "*" or (name.startswith("^") and name.endswith("$"))
    return cs.by_name(name).as_expr().alias("cell") if is_pattern else pl.col(name)


def is_text(name: str) -> bool:
    """Whether it is text: half of a surrogate pair can be neither a column's name nor written to a file.

    Example:
        >>> is_text("运单号"), is_text(chr(0xD800))
        (True, False)
    """
    return not any("\ud800" <= character <= "\udfff" for character in name)
