"""Yonyou U8, by the positions of its cells."""

from decimal import Decimal


def read_back(files):
    (content,) = files
    first, *lines, rest = content.decode("gb18030").split("\r\n")
    assert ("填制凭证,V800", "") == (first, rest)
    rows = [line.split(",") for line in lines]
    assert {48} == {len(row) for row in rows}
    return [(row[5], Decimal(row[6]) - Decimal(row[7])) for row in rows]
