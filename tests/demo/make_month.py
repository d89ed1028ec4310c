"""Write the files of the demo's shop-month into a folder: `python tests/demo/make_month.py [FOLDER]`.

The month is synthetic and always the same: no clock, seeded draws. Contracts, mappings and `close.toml` are written by hand and
stay as they are.
"""

import sys
from pathlib import Path

from shop.faults import plant_all, rows_of
from shop.layouts import table, write_files
from shop.world import clean_month

FOLDER = Path(__file__).resolve().parents[2] / "src" / "tieout" / "_demo" / "month"


def write_month(folder: Path, *, faulty: bool = True) -> None:
    """Write the files, and the truth about them.

    Args:
        folder: Where to.
        faulty: Whether faults are planted; without them nothing is to be found.
    """
    world = clean_month()
    truth = plant_all(world) if faulty else []
    write_files(world if faulty else world.close(), folder / "files")
    (folder / "truth.csv").write_text(table(rows_of(truth), end="\n"), encoding="utf-8")


if __name__ == "__main__":
    write_month(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
