"""Kingdee KIS, read by dbfread."""

from dbf_tables import table_of


def read_back(files):
    (content,) = files
    return [(row["FACCTID"], row["FDEBIT"] - row["FCREDIT"]) for row in table_of(content)]
