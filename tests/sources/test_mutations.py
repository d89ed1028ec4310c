"""Files that were damaged at random: our errors or a whole account of the lines, and nothing else."""

import random
import tomllib
from pathlib import Path

import pytest

import tieout
from tieout.errors import TieoutError

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
ENCODINGS = {
    "generic_table/branch_bill.csv": "gb18030",
    "generic_table/charges.txt": "utf-16",
    "generic_table/parcels.csv": "utf-8-sig",
    "sf_monthly_bill/with_freight.csv": "gb18030",
    "sf_monthly_bill/one_figure.csv": "utf-8",
}
HOSTILE = [
    *[
        "",
        "合计",
        "小计",
        "-",
        "nan",
        "#N/A",
        "1E+20",
        "１２",
        "2026-02-30",
        "12/31",
        "abc",
        '"',
        '""',
        "1,2",
        "9" * 21,
        "0.001",
    ],
    *["\u2028", "\x0b", "=1+1", "\ufffd", "#1001", "13800138000", "运单号码", "1E+400", "∞", "½", "٣", "10^6", "\x00"],
]


def mutated(text, rng):
    lines = text.split("\n")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        cells = lines[at].split(",")
        cells[rng.randrange(len(cells))] = rng.choice(HOSTILE)
        change = rng.randint(0, 7)
        if change == 0:
            lines[at] = lines[at].replace(",", rng.choice([";", "\t", ",,", ""]), rng.randint(1, 3))
        elif change == 1:
            lines.insert(at, rng.choice(lines))
        elif change == 2 and len(lines) > 1:
            del lines[at]
        elif change == 3:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        elif change == 4:
            lines[at] = ",".join(cells)
        elif change == 5:
            lines[at] += rng.choice(['"', ",", "\r", " ", ",x"])
        elif change == 6:
            rng.shuffle(lines)
        else:
            lines[at] = '"' + lines[at]
    return "\n".join(lines).encode(rng.choice(["utf-8", "gb18030", "utf-16"]), errors="replace")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ENCODINGS)
def test_a_damaged_file_is_refused_or_accounted_for_line_by_line(name, seed):
    rng = random.Random(f"{name} {seed}")
    path = GOLDENS / name
    mapping = path.with_name(f"{path.name}.toml")
    options = tomllib.loads(mapping.read_text("utf-8")) | {"format": "generic_table"} if mapping.exists() else {}
    text = path.read_bytes().decode(ENCODINGS[name])
    for _ in range(25):
        try:
            batch = tieout.read(mutated(text, rng), **options)
        except TieoutError:
            continue

        assert all(check.holds for check in batch.control.checks if check.name == "lines"), str(batch.control)
        assert len(batch.records) == len(list(batch.records))
        assert len(batch.rejects) == batch.rejects.to_polars().height
