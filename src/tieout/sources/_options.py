"""Options: what a caller may say about a file, the same for every format."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from tieout.errors import InputError
from tieout.privacy import Pseudonymizer

__all__ = ["COMMON_OPTIONS", "Options", "option_of_text", "parse_month"]

COMMON_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "encoding": "encoding of a text file; told from the bytes if left out",
        "delimiter": "what parts the cells of a text file; told from the text if left out",
        "sheet": "name of the sheet to read; told from the captions if left out",
        "header_row": "line of the header, counted from 1, 0 for a file without one; found by its captions if left out",
        "timezone": "IANA name of the zone in which times without an offset are written",
        "constants": "fields that the file does not fill, such as {'shop_id': 'tmall-1'}",
        "round_amounts": "round amounts finer than their currency half-up, and say what that added; rejects if left out",
        "damaged_ids": "'reject' lines whose identifier lost digits, or 'keep' them for matching rules that weigh the damage",
        "keep_pii": "keep columns of personal data",
        "pseudonyms": "a tieout.privacy.Pseudonymizer: columns of personal data become tokens that still join",
        "keep_raw": "keep the cells that no field holds, in the field `raw`",
    }
)
"""Options that every format of a table takes, and what each says."""
_YES_NO: Final = {"true": True, "yes": True, "false": False, "no": False}


def _known_zone(_: "Options", __: "attrs.Attribute[str | None]", zone: str | None) -> None:
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as cause:
        raise InputError(f"there is no time zone named {zone!r}", hint="IANA names, such as Asia/Shanghai") from cause


def _known_word(_: "Options", field: "attrs.Attribute[str]", word: str) -> None:
    if word not in {"reject", "keep"}:
        raise InputError(f"{field.name} is 'reject' or 'keep', got {word!r}")


def _plain(_: "Options", __: "attrs.Attribute[Any]", constants: object) -> None:
    if not isinstance(constants, Mapping):
        raise InputError(f"constants are fields with their values, got {type(constants).__name__}")
    for name, value in constants.items():
        if not isinstance(value, (str, bool, int, Decimal, date, datetime)):
            kind = type(value).__name__
            raise InputError(f"constant {name!r} is a text, whole number, Decimal, date or yes/no, got {kind}")


@attrs.frozen(kw_only=True)
class Options:
    """What a caller says about a file; the docs of each are in `COMMON_OPTIONS`.

    Attributes:
        own: Options of the format itself.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    timezone: str | None = attrs.field(default=None, validator=_known_zone)
    constants: Mapping[str, Any] = attrs.field(factory=dict, validator=_plain)
    round_amounts: bool = False
    damaged_ids: str = attrs.field(default="reject", validator=_known_word)
    keep_pii: bool = False
    pseudonyms: Pseudonymizer | None = None
    keep_raw: bool = False
    own: Mapping[str, Any] = attrs.field(factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any], own: Mapping[str, str], *, format_name: str) -> "Options":
        """The options that a caller gave, checked.

        Raises:
            InputError: The format has no such option, or its value is of the wrong kind.
        """
        unknown = sorted(set(given) - set(COMMON_OPTIONS) - set(own))
        if unknown:
            known = ", ".join(sorted({*COMMON_OPTIONS, *own}))
            raise InputError(f"format {format_name!r} has no option {', '.join(unknown)}; its options: {known}")
        for field in attrs.fields(cls):
            _check_type(field, given.get(field.name))
        if given.get("keep_pii") and given.get("pseudonyms") is not None:
            raise InputError("keep_pii and pseudonyms exclude each other: personal data are shown, or they are tokens")
        common = {name: value for name, value in given.items() if name in COMMON_OPTIONS and name not in own}
        return cls(**common, own={name: value for name, value in given.items() if name in own})


def _check_type(field: "attrs.Attribute[Any]", value: object) -> None:
    kinds = [
        kind for kind in (get_args(field.type) or (field.type,)) if isinstance(kind, type) and kind is not type(None)
    ]
    if value is None or field.name in {"constants", "own"}:
        return
    if not isinstance(value, tuple(kinds)) or (isinstance(value, bool) and bool not in kinds):
        raise InputError(f"option {field.name} is {kinds[0].__name__}, got {type(value).__name__}")


def option_of_text(name: str, text: str) -> object:
    """The value of an option that somebody typed: yes/no and whole numbers where a common option is one, else the text.

    Args:
        name: Name of the option.
        text: Its value as text.

    Raises:
        InputError: The option is yes/no or a whole number, and the text is neither.

    Example:
        >>> option_of_text("keep_raw", "true"), option_of_text("header_row", "3"), option_of_text("sheet", "3")
        (True, 3, '3')
    """
    kinds = {field.name: get_args(field.type) or (field.type,) for field in attrs.fields(Options)}.get(name, ())
    if bool in kinds:
        if text.lower() not in _YES_NO:
            raise InputError(f"option {name} is true or false, got {text!r}")
        return _YES_NO[text.lower()]
    if int not in kinds:
        return text
    if not text.isdecimal():
        raise InputError(f"option {name} is a whole number, got {text!r}")
    return int(text)


def parse_month(text: object) -> date:
    """The first day of a month written `YYYY-MM`.

    Raises:
        InputError: It is written otherwise.

    Example:
        >>> parse_month("2026-07")
        datetime.date(2026, 7, 1)
    """
    if isinstance(text, date):
        return text.replace(day=1)
    try:
        year, _, month = str(text).partition("-")
        return date(int(year), int(month), 1)
    except ValueError as cause:
        raise InputError(f"a month is written YYYY-MM, got {text!r}") from cause
