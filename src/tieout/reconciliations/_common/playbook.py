"""The playbook: what each type of discrepancy means, who handles it by when, and what to do first (`domain.md` 6.3).

Every file in `_playbook/` counts, and a type stands in one of them only: a new leaf brings its types in a file of its own.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import attrs

from tieout.errors import InputError
from tieout.model import ResponsibleParty, Severity

__all__ = ["Play", "play_of", "plays"]

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
        InputError: A file of the playbook lacks something, or has a type that another one has; with the type.
    """
    folder = resources.files("tieout.reconciliations") / "_playbook"
    found: dict[str, Play] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            for kind, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
                if kind in found:
                    raise InputError(f"another file of the playbook has {kind} too", where=file.name)
                found[kind] = _play(kind, entry, where=file.name)
    return dict(sorted(found.items()))


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
        severity=None if severity is None else Severity(severity),
        party=None if party is None else ResponsibleParty(party),
        **given,
    )
