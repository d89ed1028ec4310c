"""Columns of words: text, identifiers, choices and flags."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import polars as pl

from tieout.keys import DamageKind, clean_expr, damaged_rows, normalize_expr
from tieout.keys.damage import EXCEL_DIGITS
from tieout.model.currency import is_currency
from tieout.privacy import mask_text
from tieout.sources._captions import fold_caption
from tieout.sources._columns import EMPTY_WORDS, Column, resolve, without
from tieout.sources._faults import CellFault, Conventions, CountedNote, Note, Parsed, Unreadable
from tieout.sources._sheet_scan import CELL_ERRORS

__all__ = ["Choice", "Currency", "Flag", "Key", "Remark", "Text", "Tracking", "Words"]

_TRUE: Final = ("是", "true", "yes", "y", "1", "有", "√")
_FALSE: Final = ("否", "false", "no", "n", "0", "x", "×")
_LISTED: Final = 12
CURRENCY_NAMES: Final = {
    "人民币": "CNY",
    "RMB": "CNY",
    "美元": "USD",
    "港币": "HKD",
    "港元": "HKD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "澳元": "AUD",
    "加元": "CAD",
    "人民币元": "CNY",
    "日圆": "JPY",
    "加拿大元": "CAD",
    "澳大利亚元": "AUD",
    "新加坡元": "SGD",
    "瑞士法郎": "CHF",
    "澳门元": "MOP",
    "新台币": "TWD",
    "韩元": "KRW",
}
_PARTING: Final = "[,;、|，；｜]"
_PLAIN_ID: Final = (
    "^(?:[A-Z]+[0-9][0-9A-Z]{3,}|[0-9]+[A-Z][0-9A-Z]{3,}"
    f"|[0-9]{{5,{EXCEL_DIGITS}}}|[0-9]{{{EXCEL_DIGITS},}}[1-9]|[0-9]{{{EXCEL_DIGITS + 1},}}[1-9]0)$"
)
"""Identifiers with a digit that are clean in any form and not damaged: most of them, told by one look at each."""
_LOST: Final = [kind.value for kind in DamageKind if kind.is_lossy and kind.is_certain]
_MAYBE_ROUNDED: Final = [kind.value for kind in DamageKind if kind.is_lossy and not kind.is_certain]


def _as_dict(values: Mapping[str, str]) -> dict[str, str]:
    return dict(values)


@attrs.frozen
class Text(Column):
    """Words, as they stand; `-`, `/` and their kin count as nothing."""

    @property
    def is_text(self) -> bool:
        """Always."""
        return True

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:  # noqa: ARG002 - one signature for all kinds
        """Values of a column."""
        return Parsed(values=without(cells, (*EMPTY_WORDS, *CELL_ERRORS)).alias(self.name))


@attrs.frozen
class Currency(Column):
    """The currency of a line's amounts, by its ISO 4217 code in any case or its Chinese name; other words are faults."""

    to: str = attrs.field(kw_only=True, default="currency")
    needed: bool = attrs.field(kw_only=True, default=True)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:  # noqa: ARG002 - one signature for all kinds
        """Values of a column."""
        cells = without(cells, EMPTY_WORDS)
        codes = cells.str.to_uppercase().replace(CURRENCY_NAMES)
        known = [code for code in codes.drop_nulls().unique().to_list() if is_currency(code)]
        is_known = codes.is_in(known).fill_null(value=False)
        values = codes.zip_with(is_known, pl.Series([None], dtype=pl.String)).alias(self.name)
        _, faults = resolve(self, cells, values, _no_currency)
        return Parsed(values=values, faults=faults)


def _of_cells(code: str, count: int, caption: str, text: str) -> CountedNote:
    return CountedNote.of(
        code, {"cells": count}, lambda said: f"{said['cells']} cells of {caption!r} {text}", about=caption
    )


def _no_currency(_: str) -> str:
    raise Unreadable("value.unknown", "is not a currency", "an ISO 4217 code, such as USD")


@attrs.frozen
class Remark(Text):
    """Words that people or platforms wrote freely: phone numbers, addresses and the like in them are masked unless asked for."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        parsed = Text.parse(self, cells, conventions)
        if conventions.keep_pii:
            return parsed
        texts = parsed.values.drop_nulls().unique().to_list()
        masked = pl.DataFrame(
            {"text": texts, "masked": [mask_text(text) for text in texts]},
            schema={"text": pl.String, "masked": pl.String},
        )
        frame = parsed.values.alias("text").to_frame()
        values = frame.join(masked, on="text", how="left", maintain_order="left")["masked"].alias(self.name)
        return attrs.evolve(parsed, values=values)


@attrs.frozen
class Key(Column):
    """An identifier: guards and invisible characters come off; one that lost digits is a fault, never a value.

    Attributes:
        compact: Whether blanks, hyphens and case carry no meaning, as in tracking numbers.
        whole: Whether one that lost digits is a fault even where the caller keeps such: lines are put together by it.
        verbatim: Whether merchants choose it as they like, so that nothing comes off: `1001.0` may be the first try of 1001.
    """

    needed: bool = attrs.field(kw_only=True, default=True)
    compact: bool = attrs.field(kw_only=True, default=False)
    whole: bool = attrs.field(kw_only=True, default=False)
    verbatim: bool = attrs.field(kw_only=True, default=False)

    @property
    def plain(self) -> str:
        """Pattern of most identifiers."""
        return _PLAIN_ID

    def of_plain(self, cells: pl.Series, conventions: Conventions) -> pl.Series:  # noqa: ARG002 - one signature for all kinds
        """The cells as they stand."""
        return cells.alias(self.name)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        cells = without(cells, EMPTY_WORDS)
        cell = pl.col("cell")
        key = cell if self.verbatim else normalize_expr(cell) if self.compact else clean_expr(cell)
        keys = cells.alias("cell").to_frame().select(key.alias(self.name))[self.name]
        damaged = damaged_rows(cells)
        lost = damaged["row"].filter(damaged["kind"].is_in(_LOST))
        errors = cells.is_in(CELL_ERRORS).arg_true()
        kept = conventions.keep_damaged_ids and not self.whole
        bad = sorted({*errors, *([] if kept else lost)})
        return Parsed(
            values=keys.scatter(bad, None) if bad else keys,
            faults=[self._fault(row, cells[row]) for row in bad],
            notes=self._notes(damaged["kind"], len(lost), kept=kept),
        )

    def _notes(self, kinds: pl.Series, lost: int, *, kept: bool) -> list[Note]:
        notes: list[Note] = []
        rounded = int(kinds.is_in(_MAYBE_ROUNDED).sum())
        if rounded:
            text = "end in zeros, as numbers that a spreadsheet rounded do"
            notes.append(_of_cells("data.id_maybe_rounded", rounded, self.caption, text))
        if kept and lost:
            notes.append(_of_cells("data.id_precision_lost", lost, self.caption, "lost digits, kept"))
        return notes

    def _fault(self, row: int, text: str) -> CellFault:
        is_error = text in CELL_ERRORS
        return CellFault(
            row=row,
            column=self.caption,
            reason="cell.error" if is_error else "data.id_precision_lost",
            found=text,
            problem="is an error of the spreadsheet" if is_error else "is an identifier that lost digits",
            expected="all its digits, as text",
        )


@attrs.frozen
class Tracking(Key):
    """A tracking number (运单号), in the form in which tracking numbers are compared."""

    to: str = attrs.field(kw_only=True, default="tracking_no")
    compact: bool = attrs.field(kw_only=True, default=True)


@attrs.frozen
class Choice(Column):
    """Words of the file for words of the record.

    Attributes:
        values: The record's word by the file's.
        other: The record's word for words that are not listed; None makes them faults.
        lenient: Whether words that are not listed are nothing, and a note says which, instead of faults: for what no amount
            depends on.
    """

    values: Mapping[str, str] = attrs.field(converter=_as_dict)
    other: str | None = attrs.field(kw_only=True, default=None)
    lenient: bool = attrs.field(kw_only=True, default=False)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:  # noqa: ARG002 - one signature for all kinds
        """Values of a column."""
        cells = without(cells, tuple(word for word in EMPTY_WORDS if word not in self.values))
        folded = {fold_caption(found): meant for found, meant in self.values.items()}
        texts = cells.drop_nulls().unique().to_list()
        meant = {text: self.values.get(text) or folded.get(fold_caption(text)) or self.other for text in texts}
        frame = cells.alias("text").to_frame()
        known = pl.DataFrame(
            {"text": list(meant), "word": list(meant.values())}, schema={"text": pl.String, "word": pl.String}
        )
        values = frame.join(known, on="text", how="left", maintain_order="left")["word"].alias(self.name)
        if self.lenient:
            return Parsed(values=values, notes=self._unlisted(cells.filter(values.is_null())))
        faults = [
            CellFault(
                row=row,
                column=self.caption,
                reason="value.unknown",
                found=cells[row],
                problem="is not a word that is known here",
                expected=self._expected,
            )
            for row in (cells.is_not_null() & values.is_null()).arg_true()
        ]
        return Parsed(values=values, faults=faults)

    def _unlisted(self, cells: pl.Series) -> list[Note]:
        counts = dict(cells.drop_nulls().value_counts().iter_rows())

        def words(said: Mapping[str, Any]) -> str:
            more = f" and {len(said) - _LISTED} others" if len(said) > _LISTED else ""
            shown = ", ".join(repr(mask_text(word)) for word in sorted(said)[:_LISTED])
            count = sum(said.values())
            return f"{count} cells of {self.caption!r} hold words that mean nothing here: {shown}{more}"

        return [CountedNote.of("value.unknown", counts, words, about=self.name)] if counts else []

    @property
    def _expected(self) -> str:
        return " or ".join(self.values) if len(self.values) <= _LISTED else f"one of {len(self.values)} known words"


@attrs.frozen
class Words(Column):
    """Several words in one cell, parted by a comma, semicolon, 、 or | in any width.

    Attributes:
        values: The record's word by the file's, for words that have another name there; others stay as they are.
    """

    values: Mapping[str, str] = attrs.field(kw_only=True, factory=dict)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:  # noqa: ARG002 - one signature for all kinds
        """Values of a column."""
        cells = without(cells, (*EMPTY_WORDS, *CELL_ERRORS))
        word = pl.element().str.strip_chars().replace(dict(self.values))
        listed = pl.col("cell").str.replace_all(_PARTING, ";").str.split(";").list.eval(word.filter(word != ""))
        return Parsed(values=cells.alias("cell").to_frame().select(listed.alias(self.name)).to_series())


@attrs.frozen
class Flag(Column):
    """Yes or no."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:  # noqa: ARG002 - one signature for all kinds
        """Values of a column."""
        cells = without(cells, EMPTY_WORDS)
        words = cells.str.to_lowercase()
        known = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
        values = words.replace_strict(known, default=None, return_dtype=pl.Boolean).alias(self.name)
        _, faults = resolve(self, cells, values, _no_flag)
        return Parsed(values=values, faults=faults)


def _no_flag(_: str) -> bool:
    raise Unreadable("value.unknown", "is neither yes nor no", "是 or 否")
