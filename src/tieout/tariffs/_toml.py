"""Typed reading of a rate card's TOML: every complaint names the file and the dotted key.

A `Node` is one table of the document. Reading a key marks it as known, so that `finish` can refuse whatever nobody asked for:
in a contract a misspelt key is money.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, TypeVar, overload

from tieout.errors import RateCardError
from tieout.tariffs._numbers import PRICE_DECIMALS_MAX, PRICE_MAX, decimals_of, exact_number

__all__ = ["Node", "parse_toml"]

T = TypeVar("T")


class _Required:
    """The default of a key that has none."""


_REQUIRED: Final = _Required()


def parse_toml(text: str, *, file: str) -> Mapping[str, Any]:
    """Parse TOML text, keeping every number exact.

    Raises:
        RateCardError: The text is not TOML; the message has the line.
    """
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, InvalidOperation) as cause:
        raise RateCardError(f"this is not valid TOML: {cause}", file=file, key="") from cause


class Node:
    """One table of a card, with its place in the document.

    Attributes:
        file: The card's file or name, for messages.
        key: Dotted path of this table; empty for the document.
        folder: Where the card's side files are looked for; None for a card that was not read from a file.
        side_files: SHA-256 of each side file read so far, by name; one mapping for the whole document.
    """

    def __init__(
        self,
        value: Mapping[str, Any],
        *,
        file: str,
        key: str = "",
        folder: Path | None = None,
        side_files: dict[str, str] | None = None,
    ) -> None:
        """Take a table; its keys are unknown until they are read."""
        self.side_files = {} if side_files is None else side_files
        self._asked_too: list[dict[str, None]] = []
        self._homes: dict[str, str] = {}  # where inherited keys really stand
        self.file = file
        self.key = key
        self.folder = folder
        self._value = value
        self._asked: dict[str, None] = {}  # in order of asking, for stable hints

    def error(self, problem: str, name: str = "", *, hint: str = "") -> RateCardError:
        """An error at one of this table's keys, or at the table itself."""
        return RateCardError(problem, file=self.file, key=self.path(name), hint=hint)

    def path(self, name: str = "") -> str:
        """The dotted path of a key of this table."""
        home = self._homes.get(name.partition("[")[0], self.key)
        return ".".join(part for part in (home, name) if part)

    def has(self, name: str) -> bool:
        """Whether the key is there; it counts as known."""
        for asked in (self._asked, *self._asked_too):
            asked[name] = None
        return name in self._value

    def names(self) -> tuple[str, ...]:
        """All keys of the table, in the order they are written."""
        return tuple(self._value)

    def over(self, defaults: "Node", *, without: Sequence[str] = ()) -> "Node":
        """This table over the keys of another one, which it inherits; keys read there count as known in both."""
        inherited = {name: value for name, value in defaults._value.items() if name not in without}  # noqa: SLF001 - same class
        both = self._like({**inherited, **self._value}, self.key)
        both._homes = {name: defaults.key for name in inherited if name not in self._value}  # noqa: SLF001 - same class
        both._asked_too = [self._asked, defaults._asked]  # noqa: SLF001 - same class
        return both

    def finish(self) -> None:
        """Refuse keys that nobody asked for.

        Raises:
            RateCardError: A key is unknown; the hint is the nearest known one.
        """
        for name in self._value:
            if name not in self._asked:
                near = difflib.get_close_matches(name, list(self._asked), n=1, cutoff=0.6)
                hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(self._asked)}"
                raise self.error(f"unknown key {name!r}", name, hint=hint)

    def _get(self, name: str, default: object) -> Any:  # noqa: ANN401 - TOML holds anything
        if self.has(name):
            return self._value[name]
        if isinstance(default, _Required):
            raise self.error(f"the key {name!r} is missing", name)
        return default

    @overload
    def text(self, name: str) -> str: ...
    @overload
    def text(self, name: str, default: T) -> str | T: ...
    def text(self, name: str, default: object = _REQUIRED) -> object:
        """A text that is not blank."""
        value = self._get(name, default)
        if value is default:
            return value
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"a text is needed, found {value!r}", name)
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; one text counts as a list of one, no key as an empty list."""
        value = self._get(name, ())
        found = (value,) if isinstance(value, str) else value
        if not isinstance(found, (list, tuple)) or not all(isinstance(item, str) and item.strip() for item in found):
            raise self.error(f"a list of texts is needed, found {value!r}", name)
        return tuple(item.strip() for item in found)

    @overload
    def choice(self, name: str, among: Sequence[str]) -> str: ...
    @overload
    def choice(self, name: str, among: Sequence[str], default: str) -> str: ...
    def choice(self, name: str, among: Sequence[str], default: object = _REQUIRED) -> str:
        """A text out of a fixed set."""
        value = self.text(name, default)
        if value not in among:
            near = difflib.get_close_matches(str(value), [str(known) for known in among], n=1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            raise self.error(f"{value!r} is not supported; known: {', '.join(among)}", name, hint=hint)
        return str(value)

    @overload
    def flag(self, name: str) -> bool: ...
    @overload
    def flag(self, name: str, default: T) -> bool | T: ...
    def flag(self, name: str, default: object = _REQUIRED) -> object:
        """True or false."""
        value = self._get(name, default)
        if value is not default and not isinstance(value, bool):
            raise self.error(f"true or false is needed, found {value!r}", name)
        return value

    @overload
    def number(self, name: str, *, over: int | None = None) -> Decimal: ...
    @overload
    def number(self, name: str, default: T, *, over: int | None = None) -> Decimal | T: ...
    def number(self, name: str, default: object = _REQUIRED, *, over: int | None = None) -> object:
        """An exact number, not negative (or greater than `over`): integer, decimal or text."""
        value = self._get(name, default)
        if value is default:
            return value
        return self.exact(value, name, over=over)

    @overload
    def price(self, name: str) -> Decimal: ...
    @overload
    def price(self, name: str, default: T) -> Decimal | T: ...
    def price(self, name: str, default: object = _REQUIRED) -> object:
        """An amount of the card's currency, not negative, of at most six decimals."""
        value = self._get(name, default)
        if value is default:
            return value
        return self.exact_price(value, name)

    @overload
    def percent(self, name: str, *, most: int = ...) -> Decimal: ...
    @overload
    def percent(self, name: str, default: T, *, most: int = ...) -> Decimal | T: ...
    def percent(self, name: str, default: object = _REQUIRED, *, most: int = 1000) -> object:
        """A percentage: 18.5 means 18.5 %; at most six decimals."""
        value = self._get(name, default)
        if value is default:
            return value
        percent = self.exact(value, name)
        if percent > most:
            raise self.error(f"a percentage of at most {most} is needed, found {percent}", name)
        return self._few_decimals(percent, name)

    def numbers(self, name: str) -> tuple[Decimal, ...]:
        """A list of exact numbers, not negative."""
        value = self._get(name, ())
        if not isinstance(value, (list, tuple)):
            raise self.error(f"a list of numbers is needed, found {value!r}", name)
        return tuple(self.exact(item, f"{name}[{index}]") for index, item in enumerate(value))

    def prices(self, name: str) -> tuple[Decimal, ...]:
        """A list of prices."""
        value = self._get(name, _REQUIRED)
        if not isinstance(value, (list, tuple)):
            raise self.error(f"a list of prices is needed, found {value!r}", name)
        return tuple(self.exact_price(item, f"{name}[{index}]") for index, item in enumerate(value))

    def exact(self, value: object, name: str, *, over: int | None = None) -> Decimal:
        """A value of the document, or of a side file, as an exact number that is not negative."""
        number, problem = exact_number(value)
        if number is None:
            hint = "give a Decimal, an integer or a text" if isinstance(value, float) else ""
            raise self.error(problem, name, hint=hint)
        if over is not None and number <= over:
            raise self.error(f"this must be more than {over}, found {number}", name)
        return number

    def exact_price(self, value: object, name: str) -> Decimal:
        """A value as a price: not negative, at most six decimals."""
        price = self.exact(value, name)
        if price > PRICE_MAX:
            raise self.error(f"a price of at most {PRICE_MAX} is needed, found {price}", name)
        return self._few_decimals(price, name)

    def _few_decimals(self, number: Decimal, name: str) -> Decimal:
        if decimals_of(number) > PRICE_DECIMALS_MAX:
            raise self.error(f"at most {PRICE_DECIMALS_MAX} decimals are possible, found {number}", name)
        return number

    def whole(self, name: str, default: T) -> int | T:
        """A whole number, not negative."""
        number = self.number(name, default)
        if not isinstance(number, Decimal) or number is default:
            return default
        if number != int(number):
            raise self.error(f"a whole number is needed, found {number}", name)
        return int(number)

    def day(self, name: str) -> date | None:
        """A date, written as TOML date or ISO text; None when the key is not there."""
        value = self._get(name, None)
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value.strip())
            except ValueError:
                raise self.error(f"{value!r} is not a date", name, hint="write it as 2026-01-31") from None
        if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
            raise self.error(f"a date is needed, found {value!r}", name, hint="write it as 2026-01-31, without a time")
        return value

    def table(self, name: str) -> "Node | None":
        """A table below this one; None when it is not there."""
        value = self._get(name, None)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.error(f"a table is needed, found {value!r}", name)
        return self._child(value, name)

    def tables(self, name: str) -> tuple["Node", ...]:
        """An array of tables below this one; empty when it is not there."""
        value = self._get(name, ())
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value):
            raise self.error(f"an array of tables is needed, found {value!r}", name)
        return tuple(self._child(item, f"{name}[{index}]") for index, item in enumerate(value))

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Each key of this table whose keys the card's author chose, with the table it holds."""
        for name in self._value:
            child = self.table(name)
            if child is not None:
                yield name, child

    def _child(self, value: Mapping[str, Any], name: str) -> "Node":
        return self._like(value, self.path(name))

    def _like(self, value: Mapping[str, Any], key: str) -> "Node":
        return Node(value, file=self.file, key=key, folder=self.folder, side_files=self.side_files)
