"""Vouchers on paper: the layout of a 记账凭证, two or three on an A4 page (`domain.md` 7.5)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Final

import attrs

from tieout.errors import ReportError
from tieout.model import JournalLine, Voucher, VoucherStatus
from tieout.model.currency import exponent, from_units, to_units
from tieout.money import from_minor
from tieout.reports.fonts import Font, find_font
from tieout.reports.pdf.capitals import has_capitals, in_capitals
from tieout.reports.pdf.setting import Printed, put_file, to_pdf
from tieout.reports.pdf.wrapping import one_line, wrapped

__all__ = ["write_vouchers"]

_EM: Final = 7.5 * 25.4 / 72
"""Millimetres of an em of the text in the columns, of 7.5 points."""
_PAD: Final = 2
_COLUMNS: Final = (44, 31, 35, 33, 33, 6)
"""Millimetres of summary, general account, detail, debit, credit and the tick."""
_TEXT_LINES: Final = 2
_LARGEST: Final = 99_999_999_99
"""The largest amount in cents that stands digit by digit: eleven places from 亿 to 分, one of them for the sign."""


@attrs.frozen(kw_only=True)
class _Paper:
    """How a page is shared out: rows a slip, and millimetres."""

    rows: int
    row: float
    margin_y: float


_PAPERS: Final = {2: _Paper(rows=10, row=8, margin_y=9), 3: _Paper(rows=7, row=7.2, margin_y=5)}


@attrs.frozen(kw_only=True)
class _Words:
    heading: str
    heads: tuple[str, ...]
    book: str
    attachments: str
    name: str
    draft: str
    date: str
    total: str
    carried: str
    red: str
    signatures: Mapping[str, str]
    aux: Mapping[str, str]


_WORDS: Final = {
    "zh": _Words(
        heading="记账凭证",
        heads=("摘要", "总账科目", "明细科目", "借方金额", "贷方金额", "记账"),
        book="核算单位：{}",
        attachments="附单据 {} 张",
        name="{}字第 {} 号",
        draft="未编号",
        date="{0.year}年{0.month}月{0.day}日",
        total="合计",
        carried="过次页",
        red="红字",
        signatures={
            "supervisor": "会计主管：",
            "poster": "记账：",
            "cashier": "出纳：",
            "reviewer": "复核：",
            "preparer": "制单：",
        },
        aux={
            "supplier": "供应商",
            "customer": "客户",
            "shop": "店铺",
            "department": "部门",
            "employee": "职员",
            "project": "项目",
            "sku": "商品",
            "warehouse": "仓库",
            "platform": "平台",
        },
    ),
    "en": _Words(
        heading="Accounting voucher",
        heads=("Summary", "Account", "Detail", "Debit", "Credit", "√"),
        book="Book: {}",
        attachments="{} attachments",
        name="{}-{}",
        draft="no number",
        date="{:%Y-%m-%d}",
        total="Total",
        carried="Carried forward",
        red="red",
        signatures={
            "supervisor": "Supervisor: ",
            "poster": "Posted: ",
            "cashier": "Cashier: ",
            "reviewer": "Reviewed: ",
            "preparer": "Prepared: ",
        },
        aux={},
    ),
}


def write_vouchers(
    vouchers: Iterable[Voucher],
    path: str | PathLike[str],
    *,
    book_name: str,
    language: str = "zh",
    font: str | PathLike[str] | None = None,
    per_page: int = 2,
) -> Printed:
    """Write vouchers as a PDF in the layout of a 记账凭证, as they are printed, signed and bound.

    A voucher with more lines than a slip holds goes on on further slips of the same number with a fraction (`记字第 5 号 1/2`);
    each but the last says what is carried to the next. Long summaries take several rows and are never cut. In Chinese, an amount
    up to 99,999,999.99 stands in the columns of its digits; a larger one, one of several currencies, or one of a currency without
    hundredths stands in one piece. Red amounts (红字) are red and have a minus sign: they are told apart on a black-and-white
    print.

    Args:
        vouchers: In the order of the pages.
        path: File to write; it is replaced.
        book_name: Who keeps the books (核算单位).
        language: `zh` or `en`.
        font: An OpenType or TrueType file with Chinese characters; None for Noto Sans SC.
        per_page: Vouchers on a page, 2 (ten rows each) or 3 (seven rows each).

    Returns:
        What was written, with the characters that the font lacks.

    Raises:
        MissingExtra: The engine or the font is not installed.
        InputError: The folder does not exist, or the font is none.
        ReportError: There is no voucher, or `language` or `per_page` is none of those above.
    """
    if language not in _WORDS:
        raise ReportError(f"'zh' or 'en' is needed, got {language!r}", where="language")
    if per_page not in _PAPERS:
        raise ReportError(f"2 or 3 vouchers stand on a page, not {per_page!r}", where="per_page")
    clerk = _Clerk(words=_WORDS[language], font=find_font(font), paper=_PAPERS[per_page], language=language)
    given = list(vouchers)
    slips = [slip for voucher in given for slip in clerk.slips(voucher, book_name)]
    if not slips:
        raise ReportError("there is no voucher to print", where="write_vouchers")
    missing = clerk.font.missing(" ".join(_texts(slips)))
    title = f"{clerk.words.heading} {one_line(book_name)}"
    data = {
        "title": clerk.font.shown(title),
        "day": max(voucher.date for voucher in given).timetuple()[:3],
        "lang": language,
        "heading": clerk.words.heading,
        "heads": clerk.words.heads,
        "red_word": clerk.words.red,
        "columns": _COLUMNS,
        "per_page": per_page,
        "row": clerk.paper.row,
        "margin_y": clerk.paper.margin_y,
        "slips": _shown(slips, clerk.font),
    }
    return Printed(
        path=put_file(path, to_pdf("voucher", data, clerk.font)), sheets=len(slips), missing=tuple(sorted(missing))
    )


@attrs.frozen(kw_only=True)
class _Clerk:
    """Who makes slips of vouchers: in one language, on one paper, in one font."""

    words: _Words
    font: Font
    paper: _Paper
    language: str

    def slips(self, voucher: Voucher, book_name: str) -> list[dict[str, Any]]:
        """The slips that a voucher fills, as the template takes them."""
        codes = sorted({line.amount.currency.code for line in voucher.lines})
        in_grid = self._in_grid(voucher, codes)
        sheets = self._sheets(voucher, codes, in_grid=in_grid)
        sums: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        made = []
        for at, (rows, lines) in enumerate(sheets, start=1):
            _add(sums, lines)
            is_last = at == len(sheets)
            blank = self.paper.rows - len(rows) - len(codes) + 1
            made.append(
                {
                    "book": self.words.book.format(one_line(book_name)),
                    "date": self.words.date.format(voucher.date),
                    "name": self._name(voucher, at, len(sheets)),
                    "attachments": self.words.attachments.format(voucher.attachments_count),
                    "red": all(line.is_red for line in voucher.lines),
                    "grid": in_grid,
                    "rows": rows,
                    "blank": blank,
                    "totals": [self._total(code, sums, codes, is_last=is_last, in_grid=in_grid) for code in codes],
                    "signatures": [
                        f"{label}{one_line(getattr(voucher, field) or '')}"
                        for field, label in self.words.signatures.items()
                    ],
                }
            )
        return made

    def _in_grid(self, voucher: Voucher, codes: Sequence[str]) -> bool:
        """Whether its amounts and sums stand digit by digit: what Chinese accountants write by hand."""
        if self.language != "zh" or len(codes) > 1 or exponent(codes[0]) != 2:  # noqa: PLR2004 - 角 and 分
            return False
        sums: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        largest = 0
        for line in voucher.lines:
            _add(sums, [line])
            largest = max(largest, abs(to_units(line.amount.amount, codes[0])), *(abs(one[codes[0]]) for one in sums))
        return largest <= _LARGEST

    def _sheets(
        self, voucher: Voucher, codes: Sequence[str], *, in_grid: bool
    ) -> list[tuple[list[dict[str, Any]], list[JournalLine]]]:
        """The rows of each slip, and the lines whose amounts are on it."""
        room = self.paper.rows - len(codes) + 1
        sheets: list[tuple[list[dict[str, Any]], list[JournalLine]]] = [([], [])]
        for line in voucher.lines:
            rows = self._rows(line, is_posted=voucher.status is VoucherStatus.POSTED, codes=codes, in_grid=in_grid)
            fits = len(sheets[-1][0]) + len(rows) <= room
            if not fits and sheets[-1][0]:
                sheets.append(([], []))
            sheets[-1][1].append(line)
            for row in rows:
                if len(sheets[-1][0]) == room:
                    sheets.append(([], []))
                sheets[-1][0].append(row)
        return sheets

    def _rows(self, line: JournalLine, *, is_posted: bool, codes: Sequence[str], in_grid: bool) -> list[dict[str, Any]]:
        """The rows of a line: the amount is on the first, the texts go on below."""
        name, _, rest = (line.account_name or "").partition("-")
        aux = [f"{self.words.aux.get(key, key)}: {value}" for key, value in line.aux.items()]
        texts = (
            (self._summary(line), _COLUMNS[0]),
            (f"{line.account} {name}", _COLUMNS[1]),
            ("; ".join([*([rest] if rest else []), *aux]), _COLUMNS[2]),
        )
        columns = [wrapped(text, self.font, (width - _PAD) / _EM) for text, width in texts]
        count = max(1, *(-(-len(lines) // _TEXT_LINES) for lines in columns))
        made = [_row(*(lines[at * _TEXT_LINES : (at + 1) * _TEXT_LINES] for lines in columns)) for at in range(count)]
        for side, money in (("debit", line.debit), ("credit", line.credit)):
            if money is not None:
                code = money.currency.code
                units = to_units(money.amount, code)
                made[0][side] = _amount(units, code, in_grid=in_grid, mark="", prefix=code if len(codes) > 1 else "")
        made[0]["tick"] = "√" if is_posted else ""
        return made

    def _summary(self, line: JournalLine) -> str:
        """What happened, with the original currency and the pieces where a line has them."""
        more = []
        if line.foreign_amount is not None:
            code = line.foreign_amount.currency.code
            rate = "" if line.fx_rate is None else f" × {line.fx_rate:f}"
            more.append(f"{code} {line.foreign_amount.amount:,.{exponent(code)}f}{rate}")
        if line.quantity is not None:
            price = "" if line.unit_price is None else f" × {line.unit_price.amount:f}"
            more.append(f"{line.quantity:f}{price}")
        return " ".join([line.summary, *(f"({one})" for one in more)])

    def _total(
        self, code: str, sums: tuple[Counter[str], Counter[str]], codes: Sequence[str], *, is_last: bool, in_grid: bool
    ) -> dict[str, Any]:
        debits, credits_ = (side[code] for side in sums)
        is_said = is_last and self.language == "zh" and has_capitals(code)
        several = f" {code}" if len(codes) > 1 else ""
        mark = "¥" if in_grid and code == "CNY" else ""
        return {
            "label": (self.words.total if is_last else self.words.carried) + several,
            "capitals": in_capitals(from_minor(debits, code)) if is_said else "",
            "red": debits < 0,
            "debit": _amount(debits, code, in_grid=in_grid, mark=mark),
            "credit": _amount(credits_, code, in_grid=in_grid, mark=mark),
        }

    def _name(self, voucher: Voucher, sheet: int, sheets: int) -> str:
        name = self.words.draft if voucher.number is None else self.words.name.format(voucher.word, voucher.number)
        part = "" if voucher.part is None else f" {voucher.part}/{voucher.parts}"
        return f"{name}{part}" + (f" {sheet}/{sheets}" if sheets > 1 else "")


def _row(summary: Sequence[str], account: Sequence[str], detail: Sequence[str]) -> dict[str, Any]:
    return {
        "summary": summary,
        "account": account,
        "detail": detail,
        "debit": None,
        "credit": None,
        "tick": "",
    }


def _add(sums: tuple[Counter[str], Counter[str]], lines: Iterable[JournalLine]) -> None:
    """Add lines to debits and credits, in minor units by currency."""
    for line in lines:
        for side, money in zip(sums, (line.debit, line.credit), strict=True):
            if money is not None:
                side[money.currency.code] += to_units(money.amount, money.currency.code)


def _amount(units: int, code: str, *, in_grid: bool, mark: str, prefix: str = "") -> dict[str, Any]:
    """An amount as the template takes it: digit by digit, or in one piece."""
    if in_grid:
        sign = "-" if units < 0 else mark
        return {"digits": [*([sign] if sign else []), *f"{abs(units):03d}"], "red": units < 0}
    figure = f"{from_units(units, code):,.{exponent(code)}f}"
    return {"lines": [prefix, figure] if prefix else [figure], "red": units < 0}


def _texts(value: object) -> Iterable[str]:
    """Every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _shown(value: Any, font: Font) -> Any:  # noqa: ANN401 - JSON of any shape
    """The same with `〓` for what the font lacks."""
    if isinstance(value, str):
        return font.shown(value)
    if isinstance(value, Mapping):
        return {key: _shown(inner, font) for key, inner in value.items()}
    return [_shown(inner, font) for inner in value] if isinstance(value, (list, tuple)) else value
