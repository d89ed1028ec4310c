"""Side files of a rate card: postcode lists, zone tables and price matrices kept as CSV beside it."""

import csv
import hashlib

from tieout.tariffs._toml import Node

__all__ = ["read_side_csv", "read_side_file"]


def read_side_file(node: Node, key: str, name: str) -> str:
    """The text of a file named in the card, looked for in the card's own folder.

    Raises:
        RateCardError: The card was not read from a file, or the side file is absent or not UTF-8.
    """
    if node.folder is None:
        raise node.error(
            f"the file {name!r} cannot be found: this card was not read from a file", key, hint="give folder=..."
        )
    path = node.folder / name
    try:
        content = path.read_bytes()
        node.side_files[name] = hashlib.sha256(content).hexdigest()
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise node.error(f"the file {name!r} does not exist beside the card", key) from None
    except UnicodeDecodeError as cause:
        raise node.error(f"the file {name!r} is not UTF-8: {cause.reason}", key) from cause


def read_side_csv(node: Node, key: str, name: str, *, needed: tuple[str, ...] = ()) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file named in the card, with their line numbers; cells are trimmed, blank lines left out.

    Raises:
        RateCardError: As `read_side_file`; or a needed column is absent, or a row is longer or shorter than the header.
    """
    reader = csv.reader(read_side_file(node, key, name).splitlines(), strict=True)
    header: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                continue
            if len(cells) != len(header):
                problem = f"{name}:{reader.line_num}: {len(header)} cells are needed, found {len(cells)}"
                raise node.error(problem, key)
            rows.append((reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as cause:
        raise node.error(f"{name}:{reader.line_num}: {cause}", key) from cause
    missing = [column for column in needed if column not in header]
    if missing:
        raise node.error(f"column {missing[0]!r} not found in {name!r}; columns found: {', '.join(header)}", key)
    return rows
