"""Batches: a large text read piece by piece, each piece a Batch, and the control of the whole file at its end."""

import hashlib
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast

import attrs

from tieout.errors import InputError, TieoutError
from tieout.sources._assembly import assemble
from tieout.sources._batch import Batch, Control
from tieout.sources._content import Content, Opened, opened
from tieout.sources._delimited import HEAD_LINES, Delimited
from tieout.sources._document import Document, checked_delimiter
from tieout.sources._encodings import Blocks, Encoding, tell_encoding, utf8_blocks
from tieout.sources._faults import Note
from tieout.sources._identify import require_format
from tieout.sources._kind import Kind, is_binary
from tieout.sources._locate import Site
from tieout.sources._options import Options
from tieout.sources._read import read
from tieout.sources._reading import Reading
from tieout.sources._refusal import alike_width, contradicts_alike, has_short_rows, usual_width
from tieout.sources._registry import format_of
from tieout.sources._remains import Remains
from tieout.sources._rows import KIND, RowKind
from tieout.sources._sections import Piece, Section, pieces_of
from tieout.sources._table_format import TableFormat
from tieout.sources._text import Text

__all__ = ["Batches", "read_batches"]

_AHEAD: Final = 2
_BLOCK_SIZE: Final = 1 << 24
_BLOCK_SIZE_MIN: Final = 4  # what a byte order mark needs
_LEFT_SIZE_MAX: Final = 1 << 26


class Batches(Iterable[Batch]):
    """The batches of one file, in its order; they are read while one goes through them, once.

    What a batch says of itself is about its lines alone: its records, its rejects, and that all its lines are accounted for.
    What the file says of itself (its totals, its balances) is in the control of the whole, which stands when the last
    batch is read.
    """

    def __init__(self, format: str, batches: Iterator[Batch], closing: "_Closing") -> None:  # noqa: A002 - as `read` names it
        """Take what `read_batches` opened."""
        self._format, self._batches, self._closing = format, batches, closing
        self._is_begun = False

    @property
    def format(self) -> str:
        """Name of the format."""
        return self._format

    def __iter__(self) -> Iterator[Batch]:
        """The batches.

        Raises:
            UnreadableFile: The file turns out to be damaged or cut off.
            InputError: They were gone through before.
        """
        if self._is_begun:
            raise InputError("the batches of a file can be gone through once", hint="call read_batches again")
        self._is_begun = True
        return self._batches

    @property
    def control(self) -> Control:
        """What must tie out about the whole file: all its lines, and every total that it declares.

        Raises:
            InputError: The file is not read to its end.
        """
        if self._closing.control is None:
            raise InputError("the file is not read to its end yet", hint="go through all batches first")
        return self._closing.control

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person should know, of all batches so far: each once, the cells that it counts added up."""
        return tuple(note.plain for note in self._closing.notes)

    def __repr__(self) -> str:
        state = "being read" if self._closing.control is None else "read to the end"
        return f"<Batches of a {self._format}, {state}>"


@attrs.define
class _Closing:
    """What stands at the end of the batches."""

    control: Control | None = None
    notes: Iterable[Note] = ()


def read_batches(
    source: Any,  # noqa: ANN401 - as for `read`
    format: str | None = None,  # noqa: A002 - as `read` names it
    *,
    block_size: int = _BLOCK_SIZE,
    **options: Any,  # noqa: ANN401 - as for `read`
) -> Batches:
    r"""Read a large text batch by batch, in memory that does not grow with the file.

    A format whose lines do not need each other is read piece by piece: of each record and reject the same as `read` gives,
    with the same line numbers; only how many cells lines usually have is told by the first batch, and where all lines
    would have told otherwise, it is an error or a check of `control` fails. Workbooks, archives, and formats that put several
    lines together are read at once, as one batch, which a note says.

    Args:
        source: As for `read`; what is no file on a disk is copied to one first.
        format: Name of the format; told from the content if left out.
        block_size: Bytes of the file for each batch; a batch needs some twenty times as much memory while it is read.
        **options: As for `read`.

    Returns:
        The batches, to go through once; `control` is that of the whole file, once all are read.

    Raises:
        UnreadableFile: As for `read`; damage further down is found while going through the batches.
        UnidentifiedFile: As for `read`, as are `SummaryFile`, `AmbiguousFile`, `MissingColumn`, `HeaderNotFound`.
        InputError: An option makes no sense.

    Example:
        >>> bill = "运单号,金额\nSF1012345678901,12.50\nSF1012345678902,13.00\n".encode()
        >>> mapping = {"tracking_no": "运单号", "amount": "金额"}
        >>> batches = read_batches(bill, format="generic_table", record="CourierCharge", columns=mapping, currency="CNY",
        ...                        constants={"charge_type": "all_in"}, block_size=40)
        >>> [len(batch.records) for batch in batches], batches.control.holds
        ([1, 1], True)
    """
    _check_size(block_size)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tieout-")))
        file = opened(source, folder=folder)
        stream = _stream_of(file, format, options, block_size)
        closing = _Closing()
        if stream is None:
            name, batches = _whole(file, format, options, closing)
        else:
            name, batches = stream.name, stream.batches(closing)
        if not (isinstance(file, Opened) and file.path.parent == folder):
            stack.close()  # nothing was copied, and batches may never be gone through
        kept = stack.pop_all()
    return Batches(name, _closed(batches, kept), closing)


def _check_size(size: object) -> None:
    if not isinstance(size, int) or size < _BLOCK_SIZE_MIN:
        raise InputError(f"a block has {_BLOCK_SIZE_MIN} bytes at least, a whole number, got {size!r}")


def _closed(batches: Iterator[Batch], stack: ExitStack) -> Iterator[Batch]:
    with stack:
        yield from batches


def _whole(
    file: Content | Opened,
    asked: str | None,
    options: dict[str, Any],
    closing: _Closing,
) -> tuple[str, Iterator[Batch]]:
    batch = read(file if isinstance(file, Content) else file.content(), asked, **options)
    note = Note("file.read_at_once", "its lines need each other, or it is no plain text: it is read at once")
    batch = attrs.evolve(batch, notes=(*batch.notes, note))
    closing.control, closing.notes = batch.control, batch.notes
    return batch.format, iter([batch])


def _stream_of(
    file: Content | Opened,
    asked: str | None,
    options: dict[str, Any],
    block_size: int,
) -> "_Stream | None":
    """The way to read a file piece by piece; None for one that must be read at once."""
    first = next(iter(file.blocks()), b"")
    encoding, delimiter = options.get("encoding"), options.get("delimiter")
    is_said_well = isinstance(encoding, str | None) and isinstance(delimiter, str | None)
    if not first.strip() or is_binary(first) or not is_said_well:
        return None
    told = tell_encoding(file.blocks, where=file.where, given=encoding)
    head = _Head(file=file, told=told, utf8=_first_lines(file, told), digest=_Digest(file.blocks))
    try:
        name = require_format(head.document(delimiter)) if asked is None else asked
    except TieoutError:
        return None  # by its head it is nothing; by all of it, it may be
    leaf = format_of(name)
    table, common = leaf.as_table(options) if hasattr(leaf, "as_table") else (None, {})
    if table is None or not table.goes_by_line:
        return None
    if common.get("encoding") != encoding:
        return _stream_of(file, name, {**options, "encoding": common["encoding"]}, block_size)
    document, said = head.document(common.get("delimiter")), table.options_of(common, name=name)
    site = table.sites_of(document, said)[0]
    return _Stream(name=name, table=table, said=said, document=document, site=site, head=head, block_size=block_size)


@attrs.define
class _Digest:
    """SHA-256 of a file, which is made while its first lines are read already.

    Attributes:
        blocks: The bytes of the file.
    """

    blocks: Blocks
    _made: Future[str] | None = attrs.field(default=None, init=False)
    _is_wanted: bool = attrs.field(default=True, init=False)

    @contextmanager
    def making(self) -> Iterator[None]:
        """Make it beside what is done meanwhile, and no longer."""
        with ThreadPoolExecutor(1) as beside:
            self._made = beside.submit(self._make)
            try:
                yield
            finally:
                self._is_wanted = False

    def hex(self) -> str:
        """It, once it is made.

        Raises:
            UnreadableFile: The file is gone, or somebody wrote into it.
        """
        return self._make() if self._made is None else self._made.result()

    def _make(self) -> str:
        digest = hashlib.sha256()
        for block in self.blocks():
            if not self._is_wanted:
                break
            digest.update(block)
        return digest.hexdigest()


def _first_lines(file: Content | Opened, told: Encoding) -> bytes:
    """The first lines in UTF-8, enough to find a header among them; all of a file that has no more."""
    head = b""
    for block in utf8_blocks(file.blocks, told):
        head += block
        if head.count(b"\n") >= HEAD_LINES:
            return head[: head.rfind(b"\n") + 1]
    return head


@attrs.frozen(kw_only=True)
class _Head:
    """The first lines of a file, by which its format is told, and what is known of the whole.

    Attributes:
        file: The file.
        told: Its encoding.
        utf8: The first lines.
        digest: SHA-256 of all its bytes.
    """

    file: Content | Opened
    told: Encoding
    utf8: bytes
    digest: _Digest

    def document(self, delimiter: str | None) -> Document:
        """The file as formats look at it."""
        content = Content(name=self.file.name, data=self.utf8)
        document = _Beginning(
            content=content, kind=Kind.TEXT, delimiter=checked_delimiter(delimiter), digest=self.digest
        )
        vars(document).update(text=Text(utf8=self.utf8, told=self.told), size_bytes=self.file.size_bytes)
        return document


@attrs.frozen(kw_only=True, slots=False, eq=False)
class _Beginning(Document):
    """The first lines of a file, which say of the whole what formats ask.

    Attributes:
        digest: SHA-256 of all bytes of the file.
    """

    digest: _Digest

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of all bytes of the file, in hex."""
        return self.digest.hex()


def _section_of(reading: Reading) -> Section:
    """The section that was read: nothing else is read here."""
    return cast("Section", reading.site.grid)


@attrs.frozen(kw_only=True)
class _State:
    """What a section must know of those before it.

    Attributes:
        rest: Lines that they left to it.
        is_over: Whether an end mark stood in them.
        has_short: Whether a line in them ended before the last columns.
        usual_width: How many cells a line may have; None before the first lines are read.
        alike_width: How many all of the first lines have where that is no fault.
    """

    rest: bytes = b""
    is_over: bool = False
    has_short: bool = False
    usual_width: int | None = None
    alike_width: int | None = None

    def after(self, reading: Reading) -> "_State":
        """The state behind a section."""
        section = _section_of(reading)
        is_over = self.is_over or RowKind.SECTION.value in reading.body[KIND]
        if self.usual_width is None and not reading.data.is_empty():
            widths = {"usual_width": usual_width(reading), "alike_width": alike_width(reading)}
        else:
            widths = {"usual_width": self.usual_width, "alike_width": self.alike_width}
        has_short = self.has_short or has_short_rows(reading)
        return _State(rest=section.rest, is_over=is_over, has_short=has_short, **widths)


@attrs.frozen(kw_only=True)
class _Stream:
    """A file that is read piece by piece.

    Attributes:
        name: Name of the format.
        table: The format.
        said: What the caller said.
        document: The file by its first lines.
        site: Where the table stands.
        head: The first lines.
        block_size: Bytes of a piece.
    """

    name: str
    table: TableFormat
    said: Options
    document: Document
    site: Site
    head: _Head
    block_size: int

    def batches(self, closing: _Closing) -> Iterator[Batch]:
        """The batches, and at their end the control of the whole."""
        remains = Remains(format=self.table)
        closing.notes = remains.notes.values()
        with self.head.digest.making():
            for reading in self._readings():
                batch = assemble(
                    [reading], self.document, name=self.name, record=self.table.record, others={}, checks=[]
                )
                remains.add(reading, batch)
                yield batch
        closing.control = remains.control()

    def _readings(self) -> Iterator[Reading]:
        """The sections that take at least one line, each read while the one before it is used.

        A section is begun in the belief that the one before it leaves nothing to it, as is nearly always so; otherwise it is
        read again with the lines that were left to it.
        """
        state = _State()
        pieces = self._pieces()
        ahead: deque[tuple[Piece, _State, Future[Reading]]] = deque()
        with ThreadPoolExecutor(_AHEAD) as workers:

            def look_ahead() -> None:
                # What is usual is told by the first lines: all further sections must know it.
                most = 1 if state.usual_width is None else _AHEAD
                while len(ahead) < most and (piece := next(pieces, None)) is not None:
                    believed = state if not ahead else attrs.evolve(state, rest=b"")
                    ahead.append((piece, believed, workers.submit(self._read, piece, believed)))

            try:
                look_ahead()
                while ahead:
                    piece, believed, future = ahead.popleft()
                    reading = future.result() if believed == state else self._read(piece, state)
                    if contradicts_alike(reading, short_rows=self.table.short_rows):
                        raise self._unalike(reading)
                    state = state.after(reading)
                    if len(state.rest) > _LEFT_SIZE_MAX:
                        raise self._undecided(reading)
                    look_ahead()
                    if reading.body.height or not _section_of(reading).before:
                        yield reading
            finally:
                workers.shutdown(cancel_futures=True)

    def _pieces(self) -> Iterator[Piece]:
        """The pieces of the text, the first of which has at least the header."""
        header_end = self.site.header.row.line_end
        rest = b""
        blocks = utf8_blocks(lambda: self.head.file.blocks(self.block_size), self.head.told)
        for piece in pieces_of(blocks, where=self.document.where):
            whole = piece.behind(rest)
            rest = whole.lines.utf8 if whole.goes_on and whole.before + len(whole.lines) <= header_end else b""
            if not rest:
                yield whole

    def _read(self, piece: Piece, state: _State) -> Reading:
        whole = piece.behind(state.rest)
        first = self.site.grid
        part = Delimited(
            lines=whole.lines,
            delimiter=str(first.delimiter),
            where=self.document.where,
            before=whole.before,
            goes_on=whole.goes_on,
        )
        section = Section(
            first=first,
            part=part,
            upto=part.line_count,
            is_over=state.is_over,
            has_short=state.has_short,
            usual_width=state.usual_width,
            alike_width=state.alike_width,
        )
        return self.table.reading_of(attrs.evolve(self.site, grid=section), self.document, self.name, self.said)

    def _unalike(self, reading: Reading) -> InputError:
        section = _section_of(reading)
        return InputError(
            f"the lines to here end after {section.alike_width} cells, and further ones do not: what they lack may be lost",
            where=f"{self.document.where}:{section.before}",
            hint="tieout.read tells by all lines which of them are torn",
        )

    def _undecided(self, reading: Reading) -> InputError:
        return InputError(
            "so many lines without what makes a record follow each other that what they are cannot be told piece by piece",
            where=f"{self.document.where}:{reading.site.grid.line_count + 1}",
            hint="tieout.read reads the file at once",
        )
