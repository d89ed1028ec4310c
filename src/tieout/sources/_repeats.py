"""Repeats: columns in which few texts stand again and again, as a code for each cell and the texts behind the codes.

Polars' reader makes the codes while it cuts, at hardly any cost; what is asked of a cell is then asked of each text once.
"""

from collections.abc import Callable, Mapping, Sequence

import attrs
import polars as pl

__all__ = ["Repeats", "read_regular"]

_BYTES_MIN = 1 << 22
_SAMPLE_BYTES = 1 << 19
_ONCE_SHARE_MAX = (
    0.7  # of the cells of a sample, those whose text stands there once: so many of all cells have new texts
)
_HAS_CATEGORIES = hasattr(pl, "Categories") and hasattr(pl.Categories, "to_series")  # Polars 2


@attrs.frozen(kw_only=True, eq=False)
class Repeats:
    """A column of few texts.

    Attributes:
        codes: For each row the position of its text; null where the cell is blank.
        texts: The texts, in no order; one may stand in none of the rows, or several times.
    """

    codes: pl.Series
    texts: pl.Series

    @property
    def cells(self) -> pl.Series:
        """The text of each row."""
        return self.texts.gather(self.codes)

    def changed(self, change: Callable[[pl.Series], pl.Series]) -> "Repeats":
        """The column after a change of each text; itself where none changes."""
        texts = change(self.texts)
        return self if texts is self.texts else attrs.evolve(self, texts=texts)

    def filter(self, chosen: pl.Series) -> "Repeats":
        """The rows that are chosen."""
        return attrs.evolve(self, codes=self.codes.filter(chosen))

    def head(self, rows: int) -> "Repeats":
        """The first rows."""
        return attrs.evolve(self, codes=self.codes.head(rows))


def read_regular(
    text: bytes, names: Sequence[str], *, delimiter: str, asked: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, Repeats]]:
    """The cells of a text without quotes, none of whose lines has more cells than there are names.

    Args:
        text: The text in UTF-8.
        names: Names of the columns.
        delimiter: What parts the cells.
        asked: Columns of which it is wanted to know whether their texts repeat.

    Returns:
        The cells, null where blank or absent; and of the columns that are asked for those that repeat.

    Raises:
        PolarsError: A line has more cells.
    """
    repeating = _repeating(text, names, delimiter, asked)
    kinds = {name: pl.Categories.random() for name in repeating}
    schema = {name: pl.Categorical(kinds[name]) if name in kinds else pl.String() for name in names}
    frame = _read(text, schema, delimiter)
    found = {name: _repeats_of(frame[name], kinds[name]) for name in repeating}
    if any(
        repeats.texts.null_count() for repeats in found.values()
    ):  # a code without its text: none of them is believed
        return _read(text, dict.fromkeys(names, pl.String()), delimiter), {}
    return frame.with_columns(repeats.cells.alias(name) for name, repeats in found.items()).rechunk(), found


def _read(text: bytes, schema: Mapping[str, pl.DataType], delimiter: str) -> pl.DataFrame:
    return pl.read_csv(text, has_header=False, schema=schema, separator=delimiter, quote_char=None, infer_schema=False)


def _repeating(text: bytes, names: Sequence[str], delimiter: str, asked: Sequence[str]) -> list[str]:
    """The columns that repeat by the first lines of a large text."""
    if not asked or not _HAS_CATEGORIES or len(text) < _BYTES_MIN:
        return []
    sample = text[: text.rfind(b"\n", 0, _SAMPLE_BYTES) + 1]
    if not sample:
        return []
    frame = _read(sample, dict.fromkeys(names, pl.String()), delimiter)
    return [name for name in asked if _repeats(frame[name].drop_nulls())]


def _repeats(cells: pl.Series) -> bool:
    return len(cells) > 0 and int((cells.unique_counts() == 1).sum()) <= _ONCE_SHARE_MAX * len(cells)


def _repeats_of(cells: pl.Series, kind: "pl.Categories") -> Repeats:
    return Repeats(codes=cells.to_physical(), texts=kind.to_series().alias(cells.name))
