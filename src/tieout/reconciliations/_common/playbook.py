"""The playbook: what each type of discrepancy means, who handles it by when, and what to do first (`domain.md` 6.3).

Every file in `_playbook/` counts, and a type stands in one of them only: a new leaf brings its types in a file of its own. A leaf
of another package brings them in a package of TOML files, which its entry point in the group `tieout.playbooks` names.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import attrs

from tieout._discovery import Leaf, from_others
from tieout.errors import InputError, PluginError
from tieout.model import ResponsibleParty, Severity

__all__ = ["Play", "play_of", "plays"]

Word = TypeVar("Word", Severity, ResponsibleParty)
_GROUP = "tieout.playbooks"
_FIELD = re.compile(r"\{(\w+)\}")
_NEEDED = ("title", "zh", "owner", "days", "reason", "reason_zh", "step", "step_zh")


@attrs.frozen(kw_only=True)
class Play:
    """What is known of one type of discrepancy.

    Attributes:
        type: Dotted code, such as `payout.missing`.
        title: What it is, in a few words.
        zh: The same in Chinese.
        owner: Role that handles it.
        days: Working days in which it is to be handled.
        severity: The least severity of its findings; None to go by the amount alone.
        party: Who caused it as a rule; None where only an investigation can tell.
        claimable: Whether the other side owes a positive impact.
        reason: Sentence with fields in braces, such as `{payout_id}`: keys, evidence and `expected`, `actual`, `impact`.
        reason_zh: The same in Chinese.
        step: What to do first.
        step_zh: The same in Chinese.
    """

    type: str
    title: str
    zh: str
    owner: str
    days: int
    severity: Severity | None = None
    party: ResponsibleParty | None = None
    claimable: bool = False
    reason: str
    reason_zh: str
    step: str
    step_zh: str

    @property
    def fields(self) -> tuple[str, ...]:
        """Names that its sentences mention."""
        return tuple(dict.fromkeys(_FIELD.findall(self.reason + self.reason_zh)))


@cache
def plays() -> Mapping[str, Play]:
    """All types by name, in the order of their names.

    Raises:
        InputError: A file of the playbook is not TOML, lacks something, or has a type that another one has; with file and type.
        PluginError: The package of another one's playbook cannot be imported.
    """
    found: dict[str, Play] = {}
    for file in _files():
        for kind, entry in _entries(file).items():
            if kind in found:
                raise InputError(f"another file of the playbook has {kind} too", where=file.name)
            found[kind] = _play(kind, entry, where=file.name)
    return dict(sorted(found.items()))


def _files() -> Iterator[Traversable]:
    """Files of this package's playbook, then those of other packages."""
    folders = [resources.files("tieout.reconciliations") / "_playbook"]
    folders += [_package(leaf) for leaf in from_others(_GROUP)]
    for folder in folders:
        yield from sorted(
            (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
        )


def _package(leaf: Leaf) -> Traversable:
    module = leaf.load()
    if not hasattr(module, "__path__"):
        raise PluginError(f"playbook {leaf.name!r} is a package with TOML files in it, got a module", where=leaf.module)
    return resources.files(module)


def _entries(file: Traversable) -> Mapping[str, Mapping[str, Any]]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise InputError(f"the playbook is not TOML in UTF-8: {cause}", where=file.name) from cause
    for kind, entry in found.items():
        if not isinstance(entry, dict):
            raise InputError(f"{kind} has no table of its own", where=file.name, hint=f'["{kind}"]')
    return found


def play_of(kind: str) -> Play:
    """What is known of a type.

    Raises:
        InputError: The playbook does not know it.
    """
    found = plays().get(kind)
    if found is None:
        raise InputError(f"the playbook has no type {kind!r}", where="playbook")
    return found


def _play(kind: str, entry: Mapping[str, Any], *, where: str) -> Play:
    missing = [name for name in _NEEDED if name not in entry]
    known = {field.name for field in attrs.fields(Play)}
    unknown = [name for name in entry if name not in known]
    if missing or unknown:
        problem = (
            f"{kind} lacks {', '.join(missing)}" if missing else f"{kind} has unknown entries {', '.join(unknown)}"
        )
        raise InputError(problem, where=where)
    given = dict(entry)
    severity, party = given.pop("severity", None), given.pop("party", None)
    return Play(
        type=kind,
        severity=_word(Severity, severity, kind, where),
        party=_word(ResponsibleParty, party, kind, where),
        **given,
    )


def _word(words: type[Word], said: str | None, kind: str, where: str) -> Word | None:
    if said is None:
        return None
    try:
        return words(said)
    except ValueError:
        known = ", ".join(word.value for word in words)
        raise InputError(f"{kind} says {said!r}", where=where, hint=f"one of {known}") from None
