"""Files of charts: TOML with the chart's own choices, or CSV with accounts alone."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any

import attrs

from tieout.errors import PostingError
from tieout.posting.accounts import Account, AccountType, Language, ReversalStyle, Standard, member_of
from tieout.posting.toml_files import read_toml, require_keys, require_text

__all__ = ["ChartFile", "read_chart_csv", "read_chart_toml"]

_FIELDS = ("name", "language", "reversal_style", "accounts")
_OPTIONAL_FIELDS = ("standard", "vat", "code_levels", "others")
_ACCOUNT_FIELDS = ("code", "type", "zh", "en")
_COLUMNS = ("role", *_ACCOUNT_FIELDS)
_LEVELS = re.compile(r"[1-9](-[1-9])*", re.ASCII)


@attrs.frozen(kw_only=True)
class ChartFile:
    """What a file says of a chart.

    Attributes:
        name: The chart's name.
        language: Language of names and summaries.
        reversal_style: How entries are taken back.
        accounts: Account by role.
        others: Accounts of the book that no role has.
        standard: Accounting standard; None when the file does not say.
        vat: Name of the VAT table; None when the file does not say.
        code_levels: Digits of each level of codes; None when the file does not say.
    """

    name: str
    language: Language
    reversal_style: ReversalStyle
    accounts: Mapping[str, Account]
    others: tuple[Account, ...] = ()
    standard: Standard | None = None
    vat: str | None = None
    code_levels: tuple[int, ...] | None = None


def read_chart_toml(file: Traversable, *, where: str) -> ChartFile:
    """A chart in TOML.

    Args:
        file: The file.
        where: What errors name.

    Raises:
        PostingError: The file is wrong; the error names the key.
    """
    data = read_toml(file, where=where)
    require_keys(data, _FIELDS, where, optional=_OPTIONAL_FIELDS)
    accounts, others = data["accounts"], data.get("others", [])
    if not isinstance(accounts, dict) or not accounts:
        raise PostingError("a table of role = account is needed", where=f"{where}: accounts")
    if not isinstance(others, list):
        raise PostingError("a list of accounts is needed", where=f"{where}: others")
    return ChartFile(
        name=require_text(data["name"], f"{where}: name"),
        language=member_of(Language, data["language"], where=f"{where}: language"),
        reversal_style=member_of(ReversalStyle, data["reversal_style"], where=f"{where}: reversal_style"),
        accounts={role: _read_account(entry, f"{where}: accounts.{role}") for role, entry in accounts.items()},
        others=tuple(_read_account(entry, f"{where}: others {at}") for at, entry in enumerate(others, start=1)),
        standard=member_of(Standard, data["standard"], where=f"{where}: standard") if "standard" in data else None,
        vat=require_text(data["vat"], f"{where}: vat") if "vat" in data else None,
        code_levels=_read_levels(data["code_levels"], f"{where}: code_levels") if "code_levels" in data else None,
    )


def _read_account(entry: object, where: str) -> Account:
    if not isinstance(entry, dict):
        raise PostingError("an account is { code, type, zh, en }", where=where)
    require_keys(entry, _ACCOUNT_FIELDS, where)
    return Account(
        code=require_text(entry["code"], f"{where}.code"),
        type=member_of(AccountType, entry["type"], where=f"{where}.type"),
        zh=require_text(entry["zh"], f"{where}.zh"),
        en=require_text(entry["en"], f"{where}.en"),
    )


def _read_levels(value: object, where: str) -> tuple[int, ...]:
    if not isinstance(value, str) or not _LEVELS.fullmatch(value):
        raise PostingError(f"digits of each level such as '4-2-2' are needed, got {value!r}", where=where)
    return tuple(int(level) for level in value.split("-"))


def read_chart_csv(content: bytes, *, name: str, where: str, known: Mapping[str, Account]) -> ChartFile:
    """A chart in CSV: one account a line, with the columns role, code, type, zh, en in any order.

    A line without a role is another account of the book. A name may be given in one language alone, and a role that
    another chart knows needs no type.

    Args:
        content: The file, in UTF-8 with or without a byte order mark, or in GB18030.
        name: The chart's name.
        where: What errors name.
        known: Accounts by role that give a type where a line has none.

    Raises:
        PostingError: The file is wrong; the error names line and column.
    """
    accounts: dict[str, Account] = {}
    others: list[Account] = []
    line_of: dict[str, int] = {}
    speaks_chinese = False
    for line, row in _rows(_decoded(content, where), where):
        place = f"{where}: line {line}"
        role = row["role"]
        account = _account_of(row, place, known.get(role))
        speaks_chinese = speaks_chinese or bool(row["zh"])
        if not role:
            others.append(account)
        elif role in accounts:
            raise PostingError(f"the role {role!r} has an account on line {line_of[role]} already", where=place)
        else:
            accounts[role], line_of[role] = account, line
    if not accounts:
        raise PostingError("no line gives a role an account", where=where)
    return ChartFile(
        name=name,
        language=Language.ZH if speaks_chinese else Language.EN,
        reversal_style=ReversalStyle.RED_NEGATIVE if speaks_chinese else ReversalStyle.SWAP_SIDES,
        accounts=accounts,
        others=tuple(others),
    )


def _decoded(content: bytes, where: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PostingError("the text is neither in UTF-8 nor in GB18030", where=where)


def _rows(text: str, where: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines that hold anything, with their numbers."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if sorted(header) != sorted(_COLUMNS):
            raise PostingError(
                f"the columns {', '.join(_COLUMNS)} are needed, found: {', '.join(header) or 'nothing'}",
                where=f"{where}: line 1",
            )
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problem = f"{len(header)} cells are needed, found {len(cells)}"
                raise PostingError(problem, where=f"{where}: line {reader.line_num}")
            yield reader.line_num, {key: cell.strip() for key, cell in zip(header, cells, strict=True)}
    except csv.Error as cause:
        raise PostingError(f"not a CSV file: {cause}", where=f"{where}: line {reader.line_num}") from cause


def _account_of(row: Mapping[str, Any], place: str, known: Account | None) -> Account:
    zh, en = row["zh"] or row["en"], row["en"] or row["zh"]
    if not zh:
        raise PostingError("a name in one language at least is needed", where=f"{place}: zh, en")
    kind = row["type"] or ("" if known is None else known.type)
    return Account(
        code=require_text(row["code"], f"{place}: code"),
        type=member_of(AccountType, kind, where=f"{place}: type"),
        zh=zh,
        en=en,
    )
