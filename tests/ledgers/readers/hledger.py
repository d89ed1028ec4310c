"""Hledger, read by the program itself at cost."""

from decimal import Decimal

from hledger_program import hledger, rows_of


def read_back(files):
    (content,) = files
    hledger(content, "check", "--strict")
    return [(row["account"], Decimal(row["amount"].replace(",", ""))) for row in rows_of(content, "print", "--cost")]
