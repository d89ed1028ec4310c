"""Words that are nothing but blanks, of whatever kind: no record says them, wherever in a file they stand."""

from pathlib import Path

import polars as pl
import pytest

import tieout
from tieout.errors import InputError
from tieout.sources._captions import is_blank, strip_cell
from tieout.sources._rows import clean_cells

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
BLANKS = ["", " ", "\u2028", "\x1f", " \u200b\u2003", "\u3000\ufeff\x85"]


def test_what_a_record_calls_blank_is_a_blank_cell():
    characters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]

    assert [] == [character for character in characters if not character.strip() and not is_blank(character)]


@pytest.mark.parametrize("blank", BLANKS)
def test_cells_are_without_blanks_around_them_in_a_body_as_in_a_head(blank):
    cells = [f"{blank}a{blank}b{blank}", blank]
    body = pl.DataFrame({"c0": cells})

    assert f"a{blank}b" == strip_cell(cells[0])
    assert [f"a{blank}b", None] == clean_cells(body, [0])["c0"].to_list()


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize(
    ("golden", "said", "field"),
    [
        ("paypal_stl/two-accounts-faulty.csv", '"MADEUPACCT001"', "shop_id"),
        ("dlocal_settlement/january.csv", "900001", "settlement_id"),
    ],
)
def test_a_field_that_stands_above_the_lines_is_unknown_where_it_is_blank(golden, said, field, blank):
    path = GOLDENS / golden
    text = path.read_text(encoding="utf-8")
    whole = tieout.read(path).records

    found = tieout.read(text.replace(said, blank).encode(), format=path.parent.name).records

    assert said.strip('"') in {getattr(line, field) for line in whole}
    assert len(whole) == len(list(found))
    assert {getattr(line, field) for line in whole} - {said.strip('"')} | {None} == {
        getattr(line, field) for line in found
    }


@pytest.mark.parametrize("blank", BLANKS)
def test_a_constant_that_is_blank_is_refused(blank):
    with pytest.raises(InputError, match="constant 'shop_id' is blank"):
        tieout.read(GOLDENS / "dlocal_settlement" / "january.csv", constants={"shop_id": blank})


def test_a_constant_is_taken_without_the_blanks_around_it():
    records = tieout.read(GOLDENS / "dlocal_settlement" / "january.csv", constants={"shop_id": "\u2003br-1 "}).records

    assert {"br-1"} == {line.shop_id for line in records}
