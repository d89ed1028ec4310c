"""Beancount, read by its own loader."""

from beancount import loader
from beancount.core import data


def read_back(files):
    (content,) = files
    entries, errors, _ = loader.load_string(content.decode())
    assert [] == errors
    # The loader sorts by date and keeps the order of the file within a day, which is the order of the vouchers here.
    return [
        (posting.account, posting.units.number) for entry in data.filter_txns(entries) for posting in entry.postings
    ]
