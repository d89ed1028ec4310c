"""The manifest of a pack: which files it has, in which order, and one hash that stands for all of them."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from tieout.archive.links import GENESIS, json_text, sha256_of

__all__ = ["MANIFEST", "Manifest", "PackedFile", "chained", "listed"]

MANIFEST = "manifest.json"
"""Name of the file of a pack that names all others."""
_FORMAT = "tieout archive pack 1"


@attrs.frozen(kw_only=True)
class PackedFile:
    """One file of a pack.

    Attributes:
        name: Path within the pack, with `/`.
        size: Bytes.
        rows: Lines, of a `.jsonl` file; None of others.
        sha256: Of its bytes.
        chained: SHA-256 of the `chained` of the file before, its own name, size and sha256: files in another order, or one
            more or less, give another one.
        keep_years: For how many years the law wants it kept, counted from the end of the year; None for ever.
    """

    name: str
    size: int
    rows: int | None
    sha256: str
    chained: str
    keep_years: int | None


def chained(before: str, name: str, size: int, sha256: str) -> str:
    """The hash of a file and of all before it."""
    return sha256_of(f"{before}\n{name}\n{size}\n{sha256}")


@attrs.frozen(kw_only=True)
class Manifest:
    """What a pack says it is.

    Attributes:
        period: The period it is of; None for a whole book.
        software: Which tieout wrote it.
        log: `first`, `last`, `previous` and `head` of the stretch of the log in it.
        files: Its files, in order.
    """

    period: str | None
    software: str
    log: Mapping[str, Any] = MappingProxyType({})
    files: tuple[PackedFile, ...] = ()

    @property
    def chain(self) -> str:
        """Hash over all files in their order."""
        return self.files[-1].chained if self.files else GENESIS

    @property
    def seal(self) -> str:
        """Hash over the whole manifest: kept elsewhere, it proves later that the pack was not written anew."""
        return sha256_of(json_text(self._facts()))

    def _facts(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "period": self.period,
            "software": self.software,
            "log": dict(self.log),
            "files": [attrs.asdict(file) for file in self.files],
            "chain": self.chain,
        }

    def render(self) -> bytes:
        """The bytes of `manifest.json`."""
        facts = {**self._facts(), "seal": self.seal}
        return (json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=2) + "\n").encode()

    @classmethod
    def parse(cls, text: bytes) -> "Manifest":
        """A manifest as it was rendered.

        Raises:
            ValueError: It is none. Whether its hashes are right is not looked at here.
        """
        facts = json.loads(text)
        if not isinstance(facts, dict) or facts.get("format") != _FORMAT:
            raise ValueError("its format is not known")
        try:
            files = tuple(PackedFile(**file) for file in facts["files"])
            manifest = cls(period=facts["period"], software=facts["software"], log=facts["log"], files=files)
        except (KeyError, TypeError) as cause:
            raise ValueError("it lacks what every manifest has") from cause
        if any(type(file.name) is not str for file in files) or not isinstance(manifest.log, dict):
            raise ValueError("a file in it has no name")
        return manifest


def listed(files: Iterable[tuple[str, int, int | None, str, int | None]]) -> tuple[PackedFile, ...]:
    """Files with their chain, from name, size, rows, sha256 and years of each."""
    before, found = GENESIS, []
    for name, size, rows, sha256, years in files:
        before = chained(before, name, size, sha256)
        found.append(PackedFile(name=name, size=size, rows=rows, sha256=sha256, chained=before, keep_years=years))
    return tuple(found)
