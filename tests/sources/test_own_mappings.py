"""Mappings as people write them: saved by Notepad, names with a dot and no quotes, cells merged over the rows of one order."""

import pytest

import tieout
from tieout.errors import InputError

MAPPING = """
record = "Order"
currency = "CNY"
timezone = "Asia/Shanghai"
by = ["platform_order_id"]
[constants]
platform = "taobao"
[columns]
platform_order_id = "单号"
"lines.sku" = "货号"
"lines.quantity" = "数量"
"""
ORDERS = "单号,货号,数量\nA2610001,LAMP,1\n,CUP,2\nA2610002,CUP,1\n".encode()


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "own.toml"
    path.write_bytes(text.encode(encoding))
    return path


def read(path):
    return tieout.read(ORDERS, format="generic_table", mapping=path)


def test_a_mapping_may_begin_with_a_byte_order_mark(tmp_path):
    """Windows' Notepad writes one, and the mapping was refused as `Invalid statement (at line 1, column 1)`."""
    assert 2 == len(read(written(tmp_path, MAPPING, "utf-8-sig")).records)


def test_a_mapping_in_another_encoding_is_to_be_saved_in_utf_8(tmp_path):
    with pytest.raises(InputError, match="no valid TOML") as caught:
        read(written(tmp_path, MAPPING, "gb18030"))

    assert str(caught.value).endswith("Hint: save it as UTF-8")


@pytest.mark.parametrize(("record", "line", "hint"), [
    ("Order", 'lines.sku = "货号"', '"lines.sku" = ...'),
    ("Order", 'ship_to.province = "货号"', '"ship_to.province" = ...'),
    ("Shipment", 'dest.city = "货号"', '"dest.city" = ...'),
])  # fmt: skip
def test_a_name_with_a_dot_is_to_be_put_in_quotes(tmp_path, record, line, hint):
    mapping = f'record = "{record}"\ncurrency = "CNY"\n[constants]\ncarrier = "zto"\n[columns]\n{line}\n'

    with pytest.raises(InputError, match="one column is needed, got parts of a field") as caught:
        read(written(tmp_path, mapping))

    assert str(caught.value).endswith(f"Hint: the whole name in quotes: {hint}")


def test_articles_below_a_merged_number_are_refused_and_it_is_said_whose_they_may_be(tmp_path):
    batch = read(written(tmp_path, MAPPING))
    [note] = [note for note in batch.notes if note.code == "lines.of_no_record"]

    assert ["input:3: column '单号': is blank"] == [str(reject) for reject in batch.rejects]
    assert note.text.startswith("1 rows say a line and not of which record: the records above them may lack it")
    assert "unmerge them and fill them down" in note.text


def test_nothing_is_said_of_a_table_whose_rows_all_have_their_number(tmp_path):
    whole = ORDERS.decode().replace("\n,CUP", "\nA2610001,CUP").encode()
    batch = tieout.read(whole, format="generic_table", mapping=written(tmp_path, MAPPING))

    assert ([2, 1], []) == ([len(order.lines) for order in batch.records], list(batch.notes))
