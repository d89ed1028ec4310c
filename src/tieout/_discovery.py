"""Finding leaves: modules of a room by file, and third parties' leaves by entry point."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType, ModuleType

import attrs

from tieout.errors import PluginError, UnknownFormat

__all__ = ["Leaf", "Room", "from_others", "leaves_of"]


@attrs.frozen(kw_only=True)
class Leaf:
    """One leaf of a plug-in room, not loaded until it is asked for.

    Attributes:
        name: The name people say, such as `sf_monthly_bill`.
        module: Dotted module path, or the entry point's value.
        builtin: True for a module of this package, False for an entry point.
    """

    name: str
    module: str
    builtin: bool

    def load(self) -> ModuleType:
        """Import the leaf.

        Raises:
            PluginError: The leaf's module fails to import; its cause is chained, never hidden.
        """
        try:
            return importlib.import_module(self.module)
        except Exception as cause:  # a third party's module may fail in any way, and is named with its cause
            raise PluginError(
                f"leaf {self.name!r} cannot be imported: {type(cause).__name__}: {cause}", where=self.module
            ) from cause


@attrs.frozen(kw_only=True)
class Room:
    """A room whose leaves are found by file and by entry point.

    Attributes:
        package: The dotted package whose public modules are leaves.
        group: The entry point group of third parties' leaves.
        kind: What a leaf is called in messages, such as `format`.
    """

    package: str
    group: str
    kind: str

    def leaves(self) -> Mapping[str, Leaf]:
        """All leaves by name, sorted; a built-in leaf wins over an entry point of the same name.

        They are looked for once: a package that is installed later is found by the next process.
        """
        return leaves_of(self)

    def leaf(self, name: str) -> Leaf:
        """The leaf of that name.

        Raises:
            UnknownFormat: No leaf has it; the error lists those that exist.
        """
        leaves = self.leaves()
        if name not in leaves:
            raise UnknownFormat(name, kind=self.kind, known=leaves)
        return leaves[name]

    def find(self) -> Mapping[str, Leaf]:
        """All leaves by name, looked for anew."""
        found = {leaf.name: leaf for leaf in (*from_others(self.group), *self._from_files())}
        return MappingProxyType(dict(sorted(found.items())))

    def _from_files(self) -> Iterator[Leaf]:
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):
                yield Leaf(name=module.name, module=f"{self.package}.{module.name}", builtin=True)


def from_others(group: str) -> tuple[Leaf, ...]:
    """What other packages bring by an entry point group, in the order of their names."""
    points: list[EntryPoint] = sorted(entry_points(group=group), key=lambda point: point.name)
    return tuple(Leaf(name=point.name, module=point.value, builtin=False) for point in points)


@cache
def leaves_of(room: Room) -> Mapping[str, Leaf]:
    """All leaves of a room by name, looked for the first time."""
    return room.find()
