"""The cyclic garbage collector, held back while very many objects are made.

CPython looks for garbage after every few hundred new containers, and through all there is each time that has grown by a quarter.
For a million groups, none of them garbage, that is twice the work of making them.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["held_back"]

_MANY = 10_000
_last_settled = -1  # how many full collections there had been when objects last became old at once


@contextmanager
def held_back(count: int) -> Iterator[None]:
    """No collection while the block runs, if it makes many objects; what it made then counts as old, as what was looked at does.

    The switch is the whole process's; all that other threads see of it is that their garbage is found a little later. Only who
    finds the collector on turns it off, and on again whatever happens, so that blocks which overlap in several threads leave it
    on; the one that ends last may run with it on. Where the program turned it off, it stays off.

    Args:
        count: How many objects the block makes, roughly.
    """
    if count < _MANY or not gc.isenabled():
        yield
        return
    gc.collect(1)  # the young of others do not grow old with ours
    try:
        gc.disable()
        yield
        _settle()
    finally:
        gc.enable()


def _settle() -> None:
    """Make all young objects old without a look at them, which `freeze` and its undoing do.

    At most once between two full collections, for it starts the count to the next one anew; and never where the program froze
    objects of its own, as servers do before they fork.
    """
    global _last_settled  # noqa: PLW0603 - like what it counts, one for the process
    full = gc.get_stats()[-1]["collections"]
    if full != _last_settled and not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
        _last_settled = full
