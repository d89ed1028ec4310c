"""Lines of orders that several files have in different states: the later one stands, and none is lost."""

from pathlib import Path

import attrs
import pytest
from moneyed import Money

import tieout
from tieout.model import OrderLine, Provenance
from tieout.sources import merge_tables
from tieout.tables import Table

GOLDEN = Path(__file__).parent.parent / "golden" / "sources" / "taobao_order_lines" / "ExportOrderDetailList2026.csv"
LONG = "5116032541422009305"


def line(file, *, sub=None, status="paid", sku="A", source="x"):
    return OrderLine(
        platform="taobao",
        platform_order_id=LONG,
        platform_sub_order_id=sub,
        sku=sku,
        quantity=1,
        unit_price=Money(5, "CNY"),
        status=status,
        provenance=Provenance(format=source, file=file, line=1),
    )


def of_files(*files):
    tables, twice, checks = merge_tables([[Table.from_records(lines)] for lines in files])
    assert all(check.holds for check in checks)
    return [(one.platform_sub_order_id, one.status, one.sku) for one in tables["OrderLine"]], [
        one.kind for one in twice
    ]


def test_a_month_later_the_lines_of_an_export_are_those_of_the_later_one():
    """Lines whose state had moved on stood twice, and their folder did not hold."""
    text = GOLDEN.read_bytes().decode("gb18030")
    earlier = text.replace("交易成功", "卖家已发货，等待买家确认")
    assert earlier != text

    found = tieout.read_folder([earlier.encode("gb18030"), text.encode("gb18030")])

    said, alone = (
        sorted((one.platform_sub_order_id, one.status.value) for one in lines)
        for lines in (found.tables["OrderLine"], tieout.read(GOLDEN).records)
    )
    assert alone == said
    assert not [one for one in found.twice if one.is_conflict]


def test_the_state_in_the_last_file_stands():
    lines, kinds = of_files(
        [line("a", sub="1"), line("a", sub="2")], [line("b", sub="1", status="shipped"), line("b", sub="2")]
    )

    assert ([("2", "paid", "A"), ("1", "shipped", "A")], ["same", "newer"]) == (lines, kinds)


def test_lines_without_a_number_of_their_own_stay_where_they_differ():
    lines, kinds = of_files([line("a"), line("a", sku="B")], [line("b", sku="C")])

    assert (["A", "B", "C"], {"conflict"}) == ([sku for _, _, sku in lines], set(kinds))


@pytest.mark.parametrize("order", [1, -1])
def test_a_line_of_another_source_replaces_none(order):
    mine = [line("a", sub="1")]
    theirs = [attrs.evolve(line("b", sub="1", source="y"), unit_price=None)]

    lines, kinds = of_files(*[mine, theirs][::order])

    assert (2, ["conflict"]) == (len(lines), kinds)
