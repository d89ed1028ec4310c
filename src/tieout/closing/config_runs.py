"""Settings of reconciliations: held to the fields of their classes, third parties' too, by building them."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
from cattrs import Converter
from cattrs.errors import CattrsError

from tieout.closing.config_lines import KeyPath
from tieout.closing.config_parts import RunRule
from tieout.closing.config_problems import Problems, nearest
from tieout.closing.config_values import structured
from tieout.closing.run_settings import built, fields_of, needed_by
from tieout.errors import TieoutError
from tieout.reconciliations import Reconciliation, reconciliation, reconciliations

__all__ = ["run_rules"]

_OURS: Final = ("run", "only", "each")
_ONCE: Final = ("period", "as_of")
_WRONG: Final = (CattrsError, TieoutError, ValueError, TypeError, LookupError, ArithmeticError)


def run_rules(
    given: object, common: Mapping[str, Any], converter: Converter, problems: Problems
) -> Mapping[str, RunRule]:
    """How each reconciliation is run.

    Args:
        given: The table `[reconciliations]`.
        common: Fields of the config that were read so far: `period`, `as_of` and `book`.
        converter: That of the config.
        problems: Where everything that is wrong is noted.
    """
    if not isinstance(given, Mapping):
        problems.add(("reconciliations",), "a table of reconciliations by name is needed")
        return {}
    return {
        name: _Rule(name, table, common, converter, problems).read()
        for name, table in given.items()
        if _is_known(name, table, problems)
    }


def _is_known(name: str, table: object, problems: Problems) -> bool:
    path = ("reconciliations", name)
    if name not in reconciliations():
        problems.add(path, f"there is no reconciliation named {name!r}", nearest(name, reconciliations()))
        return False
    if not isinstance(table, Mapping):
        problems.add(path, f"a table of its settings is needed, such as [reconciliations.{name}]")
        return False
    return True


class _Rule:
    """The reading of one reconciliation's table."""

    def __init__(
        self,
        name: str,
        table: Mapping[str, Any],
        common: Mapping[str, Any],
        converter: Converter,
        problems: Problems,
    ) -> None:
        self.table = table
        self.path: KeyPath = ("reconciliations", name)
        self.common = common
        self.converter = converter
        self.problems = problems
        self.kind: type[Reconciliation] = reconciliation(name)
        self.each_field: str = getattr(self.kind, "EACH", "")

    def read(self) -> RunRule:
        """The rule; what cannot be read of it is left out, and noted."""
        before = len(self.problems.found)
        is_run = self._of("run", bool, default=True)
        only = self._of("only", Mapping[str, str], default={})
        self._check_only(only)
        settings = self._settings({key: one for key, one in self.table.items() if key not in _OURS}, self.path)
        each = self._each()
        if is_run and len(self.problems.found) == before:
            for value, own in each.items():
                self._build({**settings, **own}, (*self.path, "each", value))
            if not each:
                self._build_alone(settings)
        return RunRule(run=is_run, only=only, settings=settings, each=each)

    def _of(self, key: str, kind: Any, *, default: Any) -> Any:  # noqa: ANN401 - a type hint, and what it gives
        try:
            return self.converter.structure(self.table[key], kind) if key in self.table else default
        except _WRONG as cause:
            self.problems.take(cause, (*self.path, key))
            return default

    def _check_only(self, only: Mapping[str, str]) -> None:
        known = {field.name for side in getattr(self.kind, "TAKES", ()) for field in attrs.fields(side.record)}
        for name in only:
            if known and name not in known:
                self.problems.add((*self.path, "only", name), "no side has such a field", nearest(name, known))

    def _each(self) -> dict[str, dict[str, Any]]:
        said = self.table.get("each", {})
        if not isinstance(said, Mapping) or not all(isinstance(one, Mapping) for one in said.values()):
            self.problems.add((*self.path, "each"), f"a table for each {self.each_field or 'value'} is needed")
            return {}
        if said and not self.each_field:
            self.problems.add((*self.path, "each"), "it is run once for everything: its settings stand without each")
            return {}
        return {value: self._settings(table, (*self.path, "each", value)) for value, table in said.items()}

    def _settings(self, table: Mapping[str, Any], path: KeyPath) -> dict[str, Any]:
        fields = fields_of(self.kind)
        found: dict[str, Any] = {}
        for key, value in table.items():
            at = (*path, key)
            if key in _ONCE:
                self.problems.add(at, "this is said once, for all reconciliations", f"at the top: {key} = ...")
            elif key not in fields:
                self.problems.add(at, "there is no such setting", nearest(key, {*fields, *_OURS} - set(_ONCE)))
            else:
                self._take(found, key, value, at)
        return found

    def _take(self, found: dict[str, Any], key: str, value: object, at: KeyPath) -> None:
        try:
            found[key] = structured(fields_of(self.kind)[key], self.converter, value)
        except _WRONG as cause:
            self.problems.take(cause, at)

    def _build_alone(self, settings: Mapping[str, Any]) -> None:
        missing = [name for name in needed_by(self.kind) if name not in settings]
        if not missing:
            self._build(settings, self.path)
        elif self.each_field:
            where = ".".join([*map(str, self.path), "each", f"<{self.each_field}>"])
            self.problems.add(
                (*self.path, missing[0]), "this key is missing", f"say it for each {self.each_field}: [{where}]"
            )
        else:
            for name in missing:
                self.problems.add((*self.path, name), "this key is missing")

    def _build(self, settings: Mapping[str, Any], path: KeyPath) -> None:
        missing = [name for name in needed_by(self.kind) if name not in settings]
        for name in missing:
            self.problems.add((*path, name), "this key is missing")
        book = self.common.get("book")
        if missing:
            return
        try:
            built(
                self.kind,
                settings,
                period=self.common.get("period"),
                as_of=self.common.get("as_of"),
                currency=None if book is None else book.currency,
                timezone=None if book is None else book.timezone.key,
            )
        except TieoutError as cause:
            field = cause.where.rpartition(".")[2]
            self.problems.add((*path, field) if field in settings else path, cause.problem, cause.hint)
        except _WRONG as cause:
            self.problems.take(cause, path)
