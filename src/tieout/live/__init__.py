"""Live sources: what platforms give to programs, asked for bit by bit, as the same batches that files become.

A live source has `fetch(since)`: it gives what is new since a cursor, and the next cursor. Fetching again gives the same again,
so that `merge` can put what was fetched beside what is known without counting anything twice. A module of this room without
leading underscore is one platform's interface; what it needs to speak HTTP comes with `tieout[live]`.
"""

from tieout.live._base import Fetched, LiveSource
from tieout.live._http import Web
from tieout.live._merge import Merged, merge

__all__ = ["Fetched", "LiveSource", "Merged", "Web", "merge"]
