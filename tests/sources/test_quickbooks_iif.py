"""IIF: what is wrong with a file as a whole, and what of it is not shown."""

import pytest

import tieout
from tieout.errors import CorruptFile, UnidentifiedFile, UnreadableFile

HEAD = "!TRNS\tDATE\tACCNT\tAMOUNT\n!SPL\tDATE\tACCNT\tAMOUNT\n!ENDTRNS\n"
WHOLE = "TRNS\t09/30/2026\tBank\t5.00\nSPL\t09/30/2026\tSales\t-5.00\nENDTRNS\n"


def read(text):
    return tieout.read(text.encode(), constants={"currency": "USD"})


def test_a_file_that_ends_within_a_transaction_is_cut_off():
    cut = HEAD + WHOLE + WHOLE.removesuffix("ENDTRNS\n")

    with pytest.raises(CorruptFile, match=r":7: the file is cut off: its last transaction has no ENDTRNS"):
        read(cut)


def test_columns_that_change_within_the_file_are_refused_and_repeated_ones_are_not():
    assert 4 == len(read((HEAD + WHOLE) * 2).records)

    with pytest.raises(UnreadableFile, match=r":7: the row !TRNS names other columns than the one above it"):
        read(HEAD + WHOLE + HEAD.replace("DATE\tACCNT", "ACCNT\tDATE") + WHOLE)


def test_a_file_of_lists_alone_has_no_transactions():
    with pytest.raises(UnidentifiedFile):
        read("!CUST\tNAME\tBADDR1\nCUST\tAnn Example\t1 Example Street\n")


def test_of_lists_nothing_is_shown_but_their_type():
    batch = read("!CUST\tNAME\tBADDR1\nCUST\tAnn Example\t1 Example Street\n" + HEAD + WHOLE)

    assert ["!CUST | NAME | BADDR1", "CUST"] == [row.text for row in batch.control.set_apart][:2]
    assert batch.control.holds


@pytest.mark.parametrize("word", ["SPLX", ""])
def test_a_row_of_no_known_type_is_a_reject(word):
    batch = read(HEAD + WHOLE.replace("\nSPL", f"\n{word}"))

    assert [(5, "row.out_of_place")] == [(reject.line, reject.reason) for reject in batch.rejects]
    assert not batch.control.holds


def test_of_lists_that_only_the_file_knows_nothing_is_shown_either():
    batch = read("!SECRETS\tNAME\nSECRETS\tAnn Example\n" + HEAD + WHOLE)

    assert ["SECRETS"] == [reject.raw for reject in batch.rejects]


def test_a_transaction_of_one_row_is_a_finding():
    batch = read(HEAD + "TRNS\t09/30/2026\tBank\t5.00\nENDTRNS\n")

    assert ["vouchers balance"] == [finding.check for finding in batch.control.findings]


def test_names_are_read_when_they_are_asked_for():
    text = "!TRNS\tDATE\tACCNT\tAMOUNT\tNAME\n!SPL\tDATE\tACCNT\tAMOUNT\tNAME\n!ENDTRNS\n"
    text += "TRNS\t09/30/2026\tBank\t5.00\tAnn Example\nSPL\t09/30/2026\tSales\t-5.00\nENDTRNS\n"
    shown = tieout.read(text.encode(), constants={"currency": "USD"}, keep_pii=True)

    assert [{}, {}] == [dict(line.aux) for line in read(text).records]
    assert [{"name": "Ann Example"}, {}] == [dict(line.aux) for line in shown.records]
