"""pandas merge, then `rapidfuzz.process.extractOne`, and the amounts must be equal: what a careful person writes."""

from functools import partial

from _peer import run
from pandas_rapidfuzz import work

if __name__ == "__main__":
    run(partial(work, is_amount_asked=True))
