"""Files that were harmed at random: our errors or a whole account of the lines, and nothing else.

`python tests/benchmarks/fuzz_sources.py 200000` does the same at length.
"""

import gzip
import io
import random
import zipfile
import zlib
from collections import Counter

import pytest
from _ended import ended
from _mutations import GOLDENS, goldens, mutated
from fuzz_sources import Child, file_of, lost_lines, verdict_of

import tieout

TEXT = GOLDENS / "sf_monthly_bill" / "one_figure.csv"
XML = GOLDENS / "camt" / "statements.xml"
WORKBOOK = GOLDENS / "sf_monthly_bill" / "by_service.xlsx"

FAR = (b"XFD1048576", b"ZZZZZZ9", b"A99999999999")


@pytest.mark.parametrize("path", goldens(), ids=lambda path: path.relative_to(GOLDENS).as_posix())
def test_a_harmed_file_is_refused_or_accounted_for_line_by_line(path):
    rng = random.Random(path.name)
    data = path.read_bytes()

    found = {verdict_of(mutated(data, rng)) for _ in range(6)}

    assert set() == {verdict for verdict in found if not verdict.is_fine}


def members(data):
    """The files in an archive or workbook; none where it is damaged, or is no archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        return {}


def depth(data):
    """How many archives stand in each other; those that are larger than any file here are left packed."""
    if len(data) > 20_000:
        return 0
    if data.startswith(b"\x1f\x8b"):
        try:
            return 1 + depth(gzip.decompress(data))
        except (EOFError, OSError, zlib.error):
            return 0
    return 1 + max(map(depth, members(data).values()), default=-1)


def text_kinds(data, good):
    """Which harms a text shows."""
    text = data.decode("utf-8", errors="replace")
    lines = text.split("\n")
    header, usual = lines[0].split(","), good.decode().split("\n")[0].split(",")
    return {
        "truncation": len(data) < len(good) and good.startswith(data),
        "flipped bytes": len(data) == len(good) and 0 < sum(map(int.__ne__, data, good)) <= 24,
        "swapped columns": header != usual and sorted(header) == sorted(usual),
        "huge cells": "x" * 50_000 in text,
        "wrong encoding": "\ufffd" in text,
        "a hundred thousand columns": any(line.count(",") > 100_000 for line in lines),
        "NUL bytes": b"\x00" in data and not data.startswith(b"\xff\xfe"),
        "formulas": "=1+1" in text or "=cmd" in text,
    }


def text_of(number):
    return mutated(TEXT.read_bytes(), random.Random(f"kinds {number}"), columns=400_000, cell=400_000)


def test_every_kind_of_harm_is_done_to_texts():
    counts = Counter()
    good = TEXT.read_bytes()
    for data in map(text_of, range(600)):
        if data.startswith((b"PK", b"\x1f\x8b")):
            counts["an archive deeper than any"] += depth(data) > 3
            counts["a bomb beside the file"] += b"0.zip" in data and b"bill.csv" in data
            counts["xlsb"] += b"xl/workbook.bin" in data
            counts["ods"] += b"content.xml" in data
        else:
            counts.update({kind: is_there for kind, is_there in text_kinds(data, good).items() if is_there})

    assert {} == {kind: count for kind, count in counts.items() if not count}
    assert 4 + 8 == len(counts)


def test_every_kind_of_harm_is_done_to_xml_and_workbooks():
    counts = Counter()
    for number in range(300):
        data = mutated(XML.read_bytes(), random.Random(f"kinds {number}"))
        counts["entities"] += b"&l9;" in data and b"<!ENTITY" in data
        parts = members(mutated(WORKBOOK.read_bytes(), random.Random(f"kinds {number}")))
        counts["entities in a workbook"] += any(b"&l9;" in part for part in parts.values())
        counts["a part that unpacks to far more"] += any(len(part) > 10_000_000 for part in parts.values())
        counts["a cell far away"] += any(cell in part for part in parts.values() for cell in FAR)
        counts["more texts than there are"] += any(b"4294967295" in part for part in parts.values())
        counts["a formula without value"] += any(b"<f>1+1</f>" in part for part in parts.values())

    assert {} == {kind: count for kind, count in counts.items() if not count}


def test_the_same_seed_gives_the_same_files():
    paths = [path for path in goldens() if path.suffix in {".xlsx", ".xls", ".xml"}]

    assert [file_of(path, 7, 3) for path in paths] == [file_of(path, 7, 3) for path in paths]


def test_a_line_of_which_nothing_tells_is_found_out():
    data = TEXT.read_bytes()
    batch = tieout.read(data)
    told = batch.records.to_polars()["source_line"].to_list()

    class Forgetful:
        source, control, rejects, others = batch.source, batch.control, batch.rejects, {}
        records = type(batch.records)(batch.records.to_polars().slice(1), type(batch.records[0]))

    assert [] == lost_lines(batch, data)
    assert [told[0]] == lost_lines(Forgetful, data)


def test_a_file_that_ends_the_process_is_found_out_and_the_others_are_read():
    found = list(Child(work=ended).harmed(TEXT, 7, range(4)))

    assert 4 == sum(one.counts.total() for one in found)
    assert [(2, "ENDED: the process")] == [harm for one in found for harm in one.wrong]
