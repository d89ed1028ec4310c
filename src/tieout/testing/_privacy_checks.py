"""Checks that nothing personal comes out of a file unless it is asked for."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tieout.privacy import PiiClass, is_personal, mask, mask_text
from tieout.sources import Batch
from tieout.sources._bank import mask_party
from tieout.testing._cells import table_of
from tieout.testing._golden import Golden
from tieout.testing._snapshot import rows_of, snapshot
from tieout.testing._spans import lines_of_records
from tieout.testing._verdict import fail

__all__ = ["check_personal_data"]

_PLANTED: Final = {
    "收货人姓名": "欧阳测试人",
    "收货人手机号": "13987650123",
    "Buyer Email": "tested.person@example.com",
}
_WORDS: Final = {"tieout words": "改派 13987650123 或 tested.person@example.com"}
_PERSONAL_WORDS: Final = ("13987650123", "tested.person")
_KEY: Final = re.compile(r"(_no|_id|_ref|_ids)$")
_LENGTH_MIN: Final = 4  # shorter texts stand in others by chance


def check_personal_data(golden: Golden) -> None:
    """Neither personal columns nor phones, cards and the like in free text come out, also not in rejects, notes and `raw`.

    Columns are personal by their captions (`tieout.privacy.is_personal`): those that the file has, and some that are added.
    """
    for caption, value in _personal_cells(golden):
        if any(value in text for text in _texts(golden.batch)):
            fail(f"the personal column {caption!r} to be left out", "a value of it in what reading gives")
    _check_planted(golden)
    for row in rows_of(golden.batch.records.to_polars()):
        open_ = [name for name, text in _words_of(row) if mask_text(text) != text]
        if open_:
            fail("phones, cards and e-mail addresses to be masked", f"one in {', '.join(open_)} of a record")


def _check_planted(golden: Golden) -> None:
    table = table_of(golden)
    if table is None:
        return
    planted = {caption: value for caption, value in _PLANTED.items() if caption not in table.captions}
    batch = golden.read(table.with_columns(planted, on=lines_of_records(golden.batch)), keep_raw=True)
    for caption, value in planted.items():
        if any(value in text for text in _texts(batch)):
            fail(f"a personal column {caption!r} that is added to be left out", "its value in what reading gives")
    batch = golden.read(table.with_columns(_WORDS, on=lines_of_records(golden.batch)), keep_raw=True)
    if any(value in text for value in _PERSONAL_WORDS for text in _texts(batch)):
        fail("a phone and an e-mail address in an unknown column to be masked", "them in what reading gives")


def _personal_cells(golden: Golden) -> Iterator[tuple[str, str]]:
    """Caption and text of the cells in personal columns that stand in no other column."""
    table = table_of(golden)
    if table is None:
        return
    classes = [is_personal(caption) for caption in table.captions]
    rows = [row for row in table.rows[table.header + 1 :] if len(row) == len(classes)]
    others = "\n".join(cell for row in rows for cell, pii in zip(row, classes, strict=True) if pii is None)
    for row in rows:
        for cell, pii, caption in zip(row, classes, table.captions, strict=True):
            value = cell.strip(" \t`")
            if _is_telling(value, pii) and value not in others and value not in table.captions:
                yield caption, value


def _is_telling(value: str, pii: PiiClass | None) -> bool:
    """Whether a cell says something of a person: a firm's name does not, nor does a province, nor a name that is masked."""
    if pii is None or pii is PiiClass.FREE_TEXT or "*" in value:
        return False
    is_open = (mask_party(value) if pii is PiiClass.NAME else mask(value, pii)) != value
    return is_open and len(value.encode()) >= _LENGTH_MIN and bool(re.search(r"\w{2}", value))


def _texts(batch: Batch) -> Iterator[str]:
    yield json.dumps(snapshot(batch), ensure_ascii=False)
    yield repr(batch)


def _words_of(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of a record that are no identifiers."""
    for name, value in row.items():
        if isinstance(value, str) and not _KEY.search(name):
            yield name, value
