"""The suite of a source format: every check on every golden."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import attrs

from tieout.errors import InputError
from tieout.testing._damage_checks import check_cut, check_empty
from tieout.testing._golden import Golden, golden_files
from tieout.testing._line_checks import check_lines_accounted, check_lines_true, check_repeated_line
from tieout.testing._privacy_checks import check_personal_data
from tieout.testing._reading_checks import (
    check_column_order,
    check_encodings,
    check_golden,
    check_identified,
    check_missing_column,
    check_registered,
    check_same_result,
    check_unknown_column,
)
from tieout.testing._total_checks import check_declared_totals
from tieout.testing._verdict import fail

__all__ = ["CHECKS", "Case", "FormatSuite", "check_format"]

_OF_A_GOLDEN: Final[Mapping[str, Callable[[Golden], None]]] = MappingProxyType(
    {
        "read_as_the_golden_says": check_golden,
        "identified_as_its_own": check_identified,
        "every_line_accounted_for": check_lines_accounted,
        "records_stand_on_their_lines": check_lines_true,
        "repeated_line_is_not_lost": check_repeated_line,
        "declared_totals_are_compared": check_declared_totals,
        "same_bytes_same_result": check_same_result,
        "encodings_do_not_matter": check_encodings,
        "column_order_does_not_matter": check_column_order,
        "unknown_column_is_told": check_unknown_column,
        "missing_column_is_refused": check_missing_column,
        "personal_data_stays_out": check_personal_data,
        "empty_file_is_refused": check_empty,
        "cut_file_gives_nothing_strange": check_cut,
    }
)
_REGISTERED: Final = "registered"
_HAS_GOLDENS: Final = "has_goldens"

CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        _REGISTERED: (check_registered.__doc__ or "").partition("\n")[0],
        _HAS_GOLDENS: "There is an input file to hold the format to.",
        **{name: (check.__doc__ or "").partition("\n")[0] for name, check in _OF_A_GOLDEN.items()},
    }
)
"""What is checked, by name."""


@attrs.frozen(kw_only=True, str=False)
class Case:
    """One check of a format or of a reconciliation, to be called.

    Attributes:
        format: Name of the format or reconciliation.
        check: Name of the check, one of `CHECKS` or `RECONCILIATION_CHECKS`.
        file: Name of the golden's input; None for a check of the format itself, or of a reconciliation.
        run: The check.
    """

    format: str
    check: str
    file: str | None
    run: Callable[[], None] = attrs.field(repr=False, eq=False)

    def __call__(self) -> None:
        """Run the check.

        Raises:
            AssertionError: The format does not do what it must; the text says what was expected and found.
        """
        where = self.format if self.file is None else f"{self.format}, {self.file}"
        try:
            self.run()
        except AssertionError as cause:
            raise AssertionError(f"{where}: {self.check}: {cause}") from None
        except Exception as cause:
            raise AssertionError(
                f"{where}: {self.check}: expected no error; found {type(cause).__name__}: {cause}"
            ) from cause

    def __str__(self) -> str:
        return "-".join(part for part in (self.format, self.file, self.check) if part is not None)


def _as_path(folder: str | os.PathLike[str]) -> Path:
    return Path(folder)


def _frozen(skip: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(skip))


@attrs.frozen(kw_only=True)
class FormatSuite:
    """What every source format must do, held against one format and its goldens.

    Attributes:
        format: Name of the format, as `tieout.formats()` has it.
        goldens: Folder with its input files, and beside each `<input>.json` with what reading it gives. With the environment
            variable `TIEOUT_UPDATE_GOLDENS` set, those are written. `<input>.toml` holds options to read an input with.
        by_content: Whether the content alone tells the format; False for one that must be asked for by name.
        skip: Checks that do not apply, by name, each with the reason.

    Example:
        >>> suite = FormatSuite(format="village_bill", goldens="tests/golden/village_bill")
        >>> [str(case) for case in suite.cases()]
        ['village_bill-registered', 'village_bill-has_goldens']
    """

    format: str = attrs.field(kw_only=False)
    goldens: Path = attrs.field(converter=_as_path)
    by_content: bool = True
    skip: Mapping[str, str] = attrs.field(converter=_frozen, factory=dict)

    @skip.validator
    def _check_skip(self, _: object, skip: Mapping[str, str]) -> None:
        unknown = sorted(set(skip) - set(CHECKS))
        if unknown:
            raise InputError(f"there is no check {', '.join(unknown)}", hint=f"checks: {', '.join(CHECKS)}")
        silent = sorted(name for name, reason in skip.items() if not reason.strip())
        if silent:
            raise InputError(f"no reason is given for leaving out {', '.join(silent)}")

    def files(self) -> tuple[Golden, ...]:
        """The goldens, by name."""
        return tuple(
            Golden(format=self.format, path=path, by_content=self.by_content) for path in golden_files(self.goldens)
        )

    def cases(self) -> tuple[Case, ...]:
        """All checks: of the format itself, then of each golden."""
        goldens = self.files()
        own: dict[str, Callable[[], None]] = {
            _REGISTERED: lambda: check_registered(self.format),
            _HAS_GOLDENS: self._check_goldens,
        }
        cases = [Case(format=self.format, check=name, file=None, run=run) for name, run in own.items()]
        cases += [
            Case(format=self.format, check=name, file=golden.path.name, run=_bound(check, golden))
            for golden in goldens
            for name, check in _OF_A_GOLDEN.items()
        ]
        return tuple(case for case in cases if case.check not in self.skip)

    def check(self) -> None:
        """Run all checks, and tell of all that fail.

        Raises:
            AssertionError: Some fail; the text has a paragraph for each.
        """
        failures = []
        for case in self.cases():
            try:
                case()
            except AssertionError as failure:
                failures.append(str(failure))
        if failures:
            raise AssertionError("\n\n".join([f"{self.format}: {len(failures)} checks fail", *failures]))

    def _check_goldens(self) -> None:
        if not golden_files(self.goldens):
            fail(f"an input file of the format in {self.goldens.name}", "none")


def _bound(check: Callable[[Golden], None], golden: Golden) -> Callable[[], None]:
    return lambda: check(golden)


def check_format(
    format: str,  # noqa: A002 - as `tieout.read` names it
    goldens: str | os.PathLike[str],
    *,
    by_content: bool = True,
    skip: Mapping[str, str] | None = None,
) -> None:
    """Hold a format to everything that every source format must do.

    Args:
        format: Its name, as `tieout.formats()` has it.
        goldens: Folder with its input files; see `FormatSuite`.
        by_content: Whether the content alone tells the format.
        skip: Checks that do not apply, by name, each with the reason.

    Raises:
        AssertionError: It fails some of the checks; the text tells of all of them.
        InputError: A check that is to be left out does not exist, or no reason is given.
    """
    FormatSuite(format, goldens=goldens, by_content=by_content, skip=skip or {}).check()
