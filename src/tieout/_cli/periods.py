"""`tieout init` and `tieout close`: from a folder of downloads to a closed period."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

__all__ = ["add_commands"]

_CLOSE = """Close a period: read the downloads, reconcile, tie out, accrue, post, write vouchers and reports.

Running it again changes nothing. Exit code 0: every check holds, and no discrepancy is at or above the
bar; 1: one is, or a check fails; 2: it could not be run."""
_INIT = """Look at a folder of downloads and write a first config of a close, with a reason beside every guess.

A file that is there is never replaced."""


def add_commands(commands: Any, *, path: Callable[[str], str]) -> None:  # noqa: ANN401 - argparse names no public class
    """Add the commands to those of the parser.

    Args:
        commands: The subparsers of the command.
        path: Type of arguments that are names of files.
    """
    init = commands.add_parser("init", help="write a first config of a close", description=_INIT)
    init.add_argument("folder", type=path, metavar="FOLDER", help="folder of downloads")
    init.add_argument(
        "--out", type=path, default="close.toml", metavar="TOML", help="config to write (close.toml if left out)"
    )
    init.set_defaults(run=_init)

    close = commands.add_parser("close", help="close a period by its config", description=_CLOSE)
    close.add_argument("config", type=path, metavar="CONFIG.toml", help="config, as tieout init writes one")
    close.add_argument("--dry-run", action="store_true", help="do everything and write nothing")
    close.add_argument("--quiet", action="store_true", help="no progress; of the results only the verdict")
    close.add_argument("--out", type=path, metavar="DIR", help="folder for the results, instead of the config's")
    close.set_defaults(run=_close)


def _init(arguments: argparse.Namespace) -> int:
    from tieout.closing.drafting import draft_config, write_draft  # noqa: PLC0415 - the other commands need it not

    draft = draft_config(arguments.folder, out=arguments.out)
    written = write_draft(draft, arguments.out)
    for one in draft.looked.seen:
        print(f"{one.name}: {one.format}, {one.main.count:,} {one.main.record}")
    for name, same_as in draft.looked.repeated:
        print(f"{name}: the same file as {same_as}")
    for untold in draft.looked.untold:
        print(f"{untold.name}: {untold.skip or untold.why}")
    print(f"\nWritten: {', '.join(path.as_posix() for path in written)}")
    if draft.asked:
        print("A person has to say:", *(f"  {one}" for one in draft.asked), sep="\n")
    print(f"\nCheck the lines with CHECK, then: tieout close {Path(arguments.out).as_posix()} --dry-run")
    return 0


def _close(arguments: argparse.Namespace) -> int:
    from tieout.closing import Bars, CloseConfig, close  # noqa: PLC0415 - as above

    config = CloseConfig.load(arguments.config)
    if arguments.out is not None:
        config = attrs.evolve(config, out=Path(arguments.out))
    with Bars(disable=True if arguments.quiet else not sys.stderr.isatty()) as progress:
        result = close(config, dry_run=arguments.dry_run, progress=progress)
    if arguments.quiet:
        print(f"{result.name} {result.period}: {result.verdict}")
        return result.exit_code
    print(result)
    if result.folder is None:
        print("\nNothing was written: this was a rehearsal.")
    elif result.is_unchanged:
        print(f"\n{result.folder.as_posix()} is as it was: nothing has changed since it was closed.")
    else:
        print(f"\nWritten to {result.folder.as_posix()}:", *(f"  {name}" for name in result.files), sep="\n")
    return result.exit_code
