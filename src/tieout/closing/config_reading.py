"""A close's config as TOML: each key to its value, and everything that is wrong with it told at once."""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final

import attrs
from cattrs.errors import CattrsError

from tieout.closing.config_lines import KeyPath, lines_of
from tieout.closing.config_parts import Bar, CasebookRule, ReadRule, ReportRule, RunRule
from tieout.closing.config_problems import Problems, nearest
from tieout.closing.config_runs import run_rules
from tieout.closing.config_values import QUOTE, Beside, Written, converter_of, whole_units
from tieout.errors import ConfigError, TieoutError
from tieout.ledgers import formats as ledger_formats
from tieout.posting import Book, Rates, RatesGiven
from tieout.reconciliations import LedgerAccount, Period
from tieout.reports.spec import ReportSpec

__all__ = ["KEYS", "config_values"]

KEYS: Final[Mapping[str, Any]] = {
    "name": str,
    "period": Period,
    "as_of": date,
    "files": tuple[str, ...],
    "out": str,
    "opening": str,
    "book": Book,
    "rates": RatesGiven,
    "read": tuple[ReadRule, ...],
    "reconciliations": Mapping[str, RunRule],
    "accounts": Mapping[str, LedgerAccount],
    "ledgers": Mapping[str, str],
    "casebook": CasebookRule,
    "bar": Bar,
    "report": ReportRule,
    "reports": tuple[Mapping[str, Any], ...],
}
"""The keys of a config, and what each is."""
_NEEDED: Final = {
    "name": 'name = "Lamp House"',
    "period": 'period = "2026-10"',
    "files": 'files = ["downloads"]',
    "book": "a table [book] with chart, currency, timezone and taxpayer",
}
_OWN: Final = ("reconciliations", "accounts", "reports")
"""Keys whose values need more than their type."""
_ENVIRONMENT: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SQLITE: Final = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/|:|file:|[A-Za-z]:)([^?]+)(.*)", re.DOTALL)
_WRONG: Final = (CattrsError, TieoutError, ValueError, TypeError, LookupError, ArithmeticError)
_ONE_DAY: Final = timedelta(days=1)


def config_values(text: str, *, name: str, folder: Path | None) -> dict[str, Any]:
    """The fields of a config that a text holds.

    Args:
        text: TOML.
        name: What messages call it.
        folder: Where the files it names are; None for the process's own.

    Raises:
        ConfigError: The text is no TOML, or something in it is wrong: every problem with its key and line.
    """
    try:
        parsed = tomllib.loads(text, parse_float=Written)
    except (tomllib.TOMLDecodeError, RecursionError) as cause:
        raise ConfigError(f"it is no TOML: {cause}", where=name) from cause
    return _Reading(parsed, Problems(name, lines_of(text)), Beside(folder)).values()


class _Reading:
    """One reading of one config."""

    def __init__(self, parsed: Mapping[str, Any], problems: Problems, beside: Beside) -> None:
        self.parsed = parsed
        self.problems = problems
        self.beside = beside
        self.converter = converter_of(beside)
        self.found: dict[str, Any] = {}

    def values(self) -> dict[str, Any]:
        """All fields; those that the text does not say are left out."""
        _refuse_points(self.parsed, (), self.problems)
        for key in self.parsed:
            if key not in KEYS:
                self.problems.add((key,), "there is no such key", nearest(key, KEYS))
        for key, example in _NEEDED.items():
            if key not in self.parsed:
                self.problems.add((key,), "this key is missing", example)
        for key, kind in KEYS.items():
            if key in self.parsed and key not in _OWN:
                self._take(key, kind)
        self._paths()
        self._read_rules()
        self._ledgers()
        self._casebook()
        self._money()
        if "reconciliations" in self.parsed:
            self.found["reconciliations"] = run_rules(
                self.parsed["reconciliations"], self.found, self.converter, self.problems
            )
        if "accounts" in self.parsed:
            self.found["accounts"] = self._accounts(self.parsed["accounts"])
        if "reports" in self.parsed:
            self.found["reports"] = self._reports(self.parsed["reports"])
        self.problems.raise_if_any()
        return {**self.found, "sources": self.beside.sources}

    def _take(self, key: str, kind: Any) -> None:  # noqa: ANN401 - a type hint
        try:
            self.found[key] = self.converter.structure(self.parsed[key], kind)
        except _WRONG as cause:
            self.problems.take(cause, (key,))

    def _paths(self) -> None:
        files = self.found.pop("files", None)
        if files is not None:
            if not files:
                self.problems.add(("files",), "no folder and no file is named", _NEEDED["files"])
            found = []
            for at, text in enumerate(files):
                try:
                    found.append(self.beside.existing(text))
                except TieoutError as cause:
                    self.problems.take(cause, ("files", at))
            self.found["files"] = tuple(found)
        period = self.found.get("period")
        if "as_of" in self.found and period is not None and self.found["as_of"] < period.first:
            self.problems.add(("as_of",), f"the day is before the period, which begins on {period.first}")
        if period is None:
            return
        out = self.found.get("out", usual_out(period))
        self.found["out"] = self.beside.path(out)
        opening = self.found.pop("opening", None)
        if opening is not None:
            try:
                self.found["opening"] = self.beside.existing(opening)
            except TieoutError as cause:
                self.problems.take(cause, ("opening",))
            return
        before = Period.parse(f"{period.first - _ONE_DAY:%Y-%m}")
        usual = self.beside.path(out.replace(_plain(period), _plain(before)))
        if _plain(period) in out and usual.is_dir():
            self.found["opening"] = usual

    def _read_rules(self) -> None:
        first: dict[str, int] = {}
        for at, rule in enumerate(self.found.get("read", ())):
            if first.setdefault(rule.file, at) != at:
                self.problems.add(
                    ("read", at, "file"),
                    f"read[{first[rule.file]}] reads {rule.file!r} already, and each file is read once",
                    "where it holds orders and their parcels, lay a copy of it beside it and map that to the other record",
                )
            said = [key for key in ("mapping", "format", "skip") if getattr(rule, key)]
            if len(said) > 1:
                self.problems.add(("read", at), f"only one of {' and '.join(said)} can be said of a file")
            if not rule.file.strip():
                self.problems.add(("read", at, "file"), "a name or a pattern is needed, got nothing")
            if rule.format is not None:
                self._known(rule.format, _formats(), ("read", at, "format"), "format")

    def _known(self, name: str, known: "Mapping[str, Any]", path: KeyPath, what: str) -> None:
        if name not in known:
            self.problems.add(path, f"there is no {what} named {name!r}", nearest(name, known))

    def _ledgers(self) -> None:
        files: dict[str, str] = {}
        known = {one.name: one for one in ledger_formats() if not one.is_sent} if "ledgers" in self.found else {}
        for name, file in self.found.get("ledgers", {}).items():
            path = ("ledgers", name)
            self._known(name, known, path, "ledger")
            if name in known and known[name].problem is not None:
                self.problems.add(path, f"it cannot be written: {known[name].problem}")
            parts = PurePosixPath(file.replace("\\", "/"))
            if not parts.name or parts.is_absolute() or ".." in parts.parts or ":" in file:
                self.problems.add(path, f"a file within the out folder is needed, got {file!r}")
            elif file.casefold() in files:
                self.problems.add(path, f"{files[file.casefold()]} writes that file too: {file!r}")
            files[file.casefold()] = name

    def _casebook(self) -> None:
        rule = self.found.get("casebook")
        if rule is None:
            return
        missing = sorted({name for name in _ENVIRONMENT.findall(rule.url) if not os.environ.get(name)})
        for name in missing:
            self.problems.add(("casebook", "url"), f"the environment says nothing for {name}", f"set {name}")
        url = _ENVIRONMENT.sub(lambda found: os.environ.get(found[1], ""), rule.url)
        if beside := _SQLITE.fullmatch(url):
            url = f"{beside[1]}{self.beside.path(beside[2]).absolute()}{beside[3]}"
        # Nothing of the address is ever shown: it may hold a password.
        if "://" not in url and not missing:
            hint = "such as sqlite:///books.db or postgresql+psycopg://user:${PASSWORD}@host/database"
            self.problems.add(("casebook", "url"), "this is no address of a database", hint)
        self.found["casebook"] = attrs.evolve(rule, url=url)

    def _money(self) -> None:
        book = self.found.get("book")
        if book is None:
            return
        try:
            Rates.of(self.found.get("rates"), book.currency)
        except TieoutError as cause:
            self.problems.take(cause, ("rates",))
        if "bar" in self.found:
            try:
                whole_units(self.found["bar"].amount, book.currency)
            except ConfigError as cause:
                self.problems.take(cause, ("bar", "amount"))

    def _accounts(self, given: object) -> tuple[LedgerAccount, ...]:
        found: list[LedgerAccount] = []
        if not isinstance(given, Mapping):
            self.problems.add(("accounts",), "a table of accounts by their codes is needed")
            return ()
        for code, said in given.items():
            several = said if isinstance(said, list) else [said]
            for at, one in enumerate(several):
                path: KeyPath = ("accounts", code, at) if isinstance(said, list) else ("accounts", code)
                table = {"role": one} if isinstance(one, str) else one
                if not isinstance(table, Mapping) or "account" in table:
                    self.problems.add(
                        path, 'a role is needed, or a table such as { role = "wallet", party = "alipay" }'
                    )
                    continue
                try:
                    found.append(self.converter.structure({**table, "account": code}, LedgerAccount))
                except _WRONG as cause:
                    self.problems.take(cause, path)
        return tuple(found)

    def _reports(self, given: object) -> tuple[ReportSpec, ...]:
        found: list[ReportSpec] = []
        if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
            self.problems.add(("reports",), "a list of tables [[reports]] is needed")
            return ()
        for at, said in enumerate(given):
            path: KeyPath = ("reports", at)
            file = said.get("spec")
            try:
                if file is None:
                    found.append(ReportSpec.from_mapping(said))
                elif len(said) > 1 or not isinstance(file, str):
                    self.problems.add(path, 'a spec in a file stands alone: spec = "mine.toml"')
                else:
                    path = (*path, "spec")
                    found.append(ReportSpec.load(self.beside.file(file)))
            except TieoutError as cause:
                at_key = f"{cause.where}: " if cause.where and cause.where != "reports" else ""
                self.problems.add(path, f"{at_key}{cause.problem}", cause.hint)
        return tuple(found)


def _refuse_points(value: object, path: KeyPath, problems: Problems) -> None:
    """Every number with a point, wherever it stands."""
    if isinstance(value, Written):
        problems.add(path, f"a number with a point, {value}", QUOTE)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            _refuse_points(one, (*path, key), problems)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            _refuse_points(one, (*path, at), problems)


def usual_out(period: Period) -> str:
    """The name of the out folder where none is said."""
    return f"close-{_plain(period)}"


def _plain(period: Period) -> str:
    return period.label.replace("/", "_")


def _formats() -> Mapping[str, Any]:
    from tieout.sources import formats  # noqa: PLC0415 - loading all formats takes a while, and few configs name one

    return formats()
