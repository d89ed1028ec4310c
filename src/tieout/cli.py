"""The `tieout` command.

Results go to standard output, progress and errors to standard error. Exit codes: 0 for fine, 1 when a proof fails, a pack was
changed or the demo's truth is missed, 2 for wrong use, for files that cannot be taken and for output that cannot be written,
141 when whoever reads the output stops before its end.
"""

import argparse
import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import tieout
from tieout._cli.periods import add_commands as add_period_commands
from tieout.archive import verify_pack
from tieout.errors import InputError, TieoutError
from tieout.model.currency import exponent, from_units

__all__ = ["main"]

_OPTION = re.compile(r"^(?!.*--option).*\b(?!format=|record=)[a-z_]+=")
_FINE, _OFF, _WRONG, _UNHEARD = 0, 1, 2, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Arguments without the program's name; None for those of the process.

    Returns:
        The exit code.

    Raises:
        SystemExit: The arguments cannot be parsed (2), or help was asked for (0).
    """
    _show_what_the_terminal_can()
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except TieoutError as error:
        print(f"tieout: {error}", file=sys.stderr)
        _say_how(arguments, [error])
        return _WRONG
    except BrokenPipeError:
        _drop_output()
        return _UNHEARD
    except OSError as error:
        _drop_output()
        print(f"tieout: the output cannot be written: {error.strerror}", file=sys.stderr)
        return _WRONG
    return code


def _say_how(arguments: argparse.Namespace, errors: Sequence[TieoutError]) -> None:
    """Hints name options as programs write them: where one does, say how they are written here."""
    if hasattr(arguments, "option") and any(_OPTION.search(error.hint) for error in errors):
        print("Here: --option NAME=TEXT, such as --option constants.currency=EUR", file=sys.stderr)


def _drop_output() -> None:
    """Let what is not written yet go nowhere, so that the interpreter does not fail over it as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)


def _show_what_the_terminal_can() -> None:
    """A terminal that cannot show a character shows `?` instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tieout",
        description="Reconcile what a merchant sold, shipped and was billed, and prove that nothing was lost.",
    )
    parser.add_argument("--version", action="version", version=f"tieout {tieout.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    identify = commands.add_parser("identify", help="say which format each file is", description=_identify.__doc__)
    identify.add_argument("files", nargs="+", type=_path, metavar="FILE", help="file of any name; its content decides")
    identify.set_defaults(run=_identify)

    formats = commands.add_parser("formats", help="list the formats that can be read", description=_formats.__doc__)
    formats.add_argument("--markdown", action="store_true", help="as the table of the documentation")
    formats.set_defaults(run=_formats)

    read = commands.add_parser("read", help="read a file and say what it holds", description=_read.__doc__)
    read.add_argument("file", type=_path, metavar="FILE", help="file, archive or folder")
    read.add_argument("--format", metavar="NAME", help="name of the format; found from the content if left out")
    read.add_argument("--mapping", metavar="TOML", help="mapping of columns; the format is then generic_table")
    read.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="an option of the format (FORMAT.NAME=TEXT in a folder); may be given again",
    )
    read.add_argument("--head", type=_count, default=5, metavar="N", help="how many records to show (5 if left out)")
    read.set_defaults(run=_read)

    sources = commands.add_parser("sources", help="what helps with files of unknown formats", description=_new.__doc__)
    sources_commands = sources.add_subparsers(title="commands", required=True, metavar="COMMAND")
    new = sources_commands.add_parser("new", help="draft a mapping for a file", description=_new.__doc__)
    new.add_argument("file", type=_path, metavar="FILE", help="file that no format knows")
    new.add_argument("--record", metavar="NAME", help="record that a line becomes; guessed if left out")
    new.add_argument("--out", metavar="TOML", help="file to write; standard output if left out")
    new.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="what you know already, such as currency=EUR or timezone=Europe/Berlin; may be given again",
    )
    new.add_argument("--anyway", action="store_true", help="draft even where a known format fits")
    new.set_defaults(run=_new)

    archive = commands.add_parser("archive", help="archive packs of a casebook", description=_verify_pack.__doc__)
    archive_commands = archive.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = archive_commands.add_parser(
        "verify", help="look at every byte of a pack", description=_verify_pack.__doc__
    )
    verify.add_argument("pack", type=_path, metavar="PACK", help="folder or zip file")
    verify.add_argument("--seal", metavar="HASH", help="the seal it has to have, as the log or the archivist kept it")
    verify.set_defaults(run=_verify_pack)

    add_period_commands(commands, path=_path)

    demo = commands.add_parser("demo", help="run the bundled month end", description=_demo.__doc__)
    demo.add_argument("--out", default="tieout-demo", metavar="DIR", help="folder for the results (./tieout-demo)")
    demo.add_argument(
        "--couriers", action="store_true", help="instead of the shop's month audit two couriers' bills in depth"
    )
    demo.set_defaults(run=_demo)
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number is needed, got {text!r}")
    return int(text)


def _path(text: str) -> str:
    """A file's name; an empty one, as of a variable that is not set, would mean the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a file is needed, got an empty name")
    return text


def _identify(arguments: argparse.Namespace) -> int:
    """Say which format each file is, told from its content; of a folder or an archive, each file in it."""
    code = _FINE
    for given in arguments.files:
        for file in _files(given):
            try:
                told = list(_formats_in(file))
            except TieoutError as error:
                print(f"tieout: {_told_of(file, error)}", file=sys.stderr)
                code = _WRONG
                continue
            for name, found, _ in told:
                print(f"{name}: {found}")
            if not any(is_known for _, _, is_known in told):
                code = _WRONG
    return code


def _told_of(file: str, error: TieoutError) -> str:
    """An error with the file as it was given: several folders may hold files of one name."""
    text, name = str(error), Path(file).name
    if error.where.startswith(file):
        return text
    return f"{file}{text.removeprefix(name)}" if error.where.startswith(name) else f"{file}: {text}"


def _files(given: str) -> list[str]:
    """The file, or those in a folder."""
    if not _is_folder(given):
        return [given]
    found = [path.as_posix() for path in tieout.sources.files_in(Path(given))]
    if not found:
        raise InputError("the folder holds no file", where=given)
    return found


def _formats_in(file: str) -> Iterator[tuple[str, str, bool]]:
    """What to call a file, or each file of an archive, and its format; or why none fits, and that none does."""
    files = tieout.sources.files_of(file)
    if not files.is_archive:
        yield file, tieout.identify(file), True
        return
    for document in files.documents:
        name = _within(file, document.where)
        try:
            yield name, tieout.sources.identify_document(document), True
        except TieoutError as error:
            yield name, error.problem, False
    yield from ((_within(file, error.where), error.problem, False) for error in files.refused)


def _within(file: str, where: str) -> str:
    """What to call a file of an archive; what gzip packs has no name of its own."""
    inner = where.partition("/")[2]
    return f"{file}/{inner}" if inner else file


def _is_folder(file: str) -> bool:
    """Whether a name is a folder's; one that no file can have is none, and is refused where it is opened."""
    try:
        return Path(file).is_dir()
    except (OSError, ValueError):
        return False


def _formats(arguments: argparse.Namespace) -> int:
    """List the formats that can be read."""
    found = tieout.formats()
    print(found.to_markdown() if arguments.markdown else repr(found))
    return _FINE


def _read(arguments: argparse.Namespace) -> int:
    """Read a file: its format, its records, every line that could not be read, and whether its totals tie out.

    Of a folder, all files are read, and what several of them have counts once.
    """
    if _is_folder(arguments.file):
        return _read_folder(arguments)
    options = _options(arguments.option)
    if arguments.mapping is not None:
        options["mapping"] = arguments.mapping
    name = arguments.format or ("generic_table" if arguments.mapping is not None else None)
    batch = tieout.read(arguments.file, format=name, **options)
    print(batch.summary)
    print(batch.control)
    for title, lines in (("Notes", batch.notes), (f"Rejects: {len(batch.rejects):,}", batch.rejects)):
        if lines:
            print("\n".join([title, *(f"  {line}" for line in lines)]))
    shown = list(_head(batch, arguments.head))
    if shown:
        print("\n".join([f"Records: the first {len(shown):,} of {len(batch.records):,}", *shown]))
    return _FINE if batch.control.holds else _OFF


def _read_folder(arguments: argparse.Namespace) -> int:
    if arguments.format is not None or arguments.mapping is not None:
        raise InputError("files of a folder are recognised one by one", hint="leave --format and --mapping out")
    common: list[str] = []
    by_format: dict[str, list[str]] = {}
    for text in arguments.option:
        format_, mark, _ = text.partition("=")[0].partition(".")
        if mark and format_ != "constants":
            by_format.setdefault(format_, []).append(text.partition(".")[2])
        else:
            common.append(text)
    options = {format_: _options(texts) for format_, texts in by_format.items()}
    folder = tieout.read_folder(arguments.file, options=options, **_options(common))
    if not (folder.batches or folder.refused):
        raise InputError("the folder holds no file", where=arguments.file)
    print(repr(folder))
    _say_how(arguments, [one.error for one in folder.refused])
    for name, table in folder.tables.items():
        print(f"{name}: {len(table):,} records")
    return _FINE if folder.holds and not folder.refused else _OFF


def _options(texts: Sequence[str]) -> dict[str, Any]:
    """Options as they are typed; `constants.shop_id=tmall-1` is a constant for a field that the file does not fill."""
    options: dict[str, Any] = {}
    for name, value in map(_option, texts):
        group, mark, field = name.partition(".")
        if mark and group == "constants" and field:
            options.setdefault(group, {})[field] = value
        elif group == "constants":
            raise InputError(f"a constant is written constants.FIELD=TEXT, got {name}={value}", where="--option")
        else:
            options[name] = tieout.sources.option_of_text(name, value)
    return options


def _option(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise InputError(f"an option is written NAME=TEXT, got {text!r}", where="--option")
    return name, value


def _head(batch: "tieout.Batch", count: int) -> Iterator[str]:
    """The first records, with the fields that hold something."""
    for row in batch.records.to_polars().head(min(count, len(batch.records))).iter_rows(named=True):
        yield f"  {row.get('source_line')}: {_fields(row)}"


def _fields(row: Mapping[str, Any]) -> str:
    """The fields of a record, or of a line within one, that hold something."""
    held = {name: value for name, value in row.items() if value is not None and value != []}
    currency = row.get("currency")
    return ", ".join(_field(name, value, currency) for name, value in held.items() if not name.startswith("source_"))


def _field(name: str, value: object, currency: str | None) -> str:
    if isinstance(value, list) and all(isinstance(line, dict) for line in value):
        return f"{name}=[{'; '.join(map(_fields, value))}]"
    if name.endswith("_minor") and isinstance(value, int) and currency is not None:
        return f"{name.removesuffix('_minor')}={from_units(value, currency):.{exponent(currency)}f}"
    return f"{name}={value.normalize():f}" if isinstance(value, Decimal) else f"{name}={value}"


def _new(arguments: argparse.Namespace) -> int:
    """Draft a mapping (TOML) from a file that no format knows, for a person to finish: what each column seems to be, and why.

    Where a format knows the file, that is said instead.
    """
    said = dict(_option(text) for text in arguments.option)
    draft = tieout.sources.draft_mapping(arguments.file, record=arguments.record, said=said, anyway=arguments.anyway)
    if draft.format is not None:
        # Not where the draft would go, which may be a file.
        print(f"{arguments.file}: {draft.format} knows this file: tieout read {arguments.file}", file=sys.stderr)
        return _FINE
    if arguments.out is None:
        print(draft.text, end="")
    else:
        _write_new(Path(arguments.out), draft.text)
        print(f"{arguments.out}: a draft of {draft.record}; check every line of it")
    for name in draft.asked:
        print(f"tieout: a person must say: {name}", file=sys.stderr)
    return _FINE


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: a draft that somebody finished is not replaced by a new one."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as cause:
        raise InputError("the file is there already", where=str(path), hint="name another with --out") from cause
    except OSError as cause:
        raise InputError(f"the draft cannot be written: {cause.strerror}", where=str(path)) from cause


def _verify_pack(arguments: argparse.Namespace) -> int:
    """Look at every byte of an archive pack and say what was changed, and where. No database is needed."""
    found = verify_pack(arguments.pack, seal=arguments.seal)
    print(found)
    return _FINE if found.holds else _OFF


def _demo(arguments: argparse.Namespace) -> int:
    """Close the bundled month of a made-up shop, and hold what is found to the faults that were planted."""
    folder = Path(arguments.out)
    if arguments.couriers:
        return _demo_of_couriers(folder)
    # Here, so that the other commands do not load what only the demo needs.
    from tieout._demo.shop_month import run_shop_month  # noqa: PLC0415
    from tieout.closing import Bars  # noqa: PLC0415

    with Bars() as bars:
        month = run_shop_month(folder, bars)
    print(month)
    print(f"\n{month.where()}")
    return _FINE if month.is_fine else _OFF


def _demo_of_couriers(folder: Path) -> int:
    """Audit the bundled bills of two couriers, and hold what is found to the errors that were planted."""
    from tieout._demo.planted import compare  # noqa: PLC0415
    from tieout._demo.running import STEPS, run_month  # noqa: PLC0415
    from tieout._demo.telling import tell  # noqa: PLC0415
    from tieout._demo.writing import prepare_folder, write_files  # noqa: PLC0415

    prepare_folder(folder)
    with _progress(STEPS) as step:
        run = run_month(step)
        comparison = compare(run.months)
        step("writing")
        text = tell(run, comparison)
        files = write_files(run, folder, summary=text)
    print(text)
    print(f"\nWritten to {folder.as_posix()}: {', '.join(file.name for file in files)}")
    return _FINE if run.proof.holds and comparison.agrees else _OFF


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """A bar on standard error, when that is a terminal; gives the function that says what is done next."""
    from tqdm import tqdm  # noqa: PLC0415 - as above

    layout = "{l_bar}{bar}| {n_fmt}/{total_fmt}"
    with tqdm(total=steps, file=sys.stderr, disable=not sys.stderr.isatty(), bar_format=layout, leave=False) as bar:
        begun: list[str] = []

        def step(name: str) -> None:
            bar.update(1 if begun else 0)  # what was named before is done now
            begun.append(name)
            bar.set_description_str(name)

        yield step
        bar.update(1)
