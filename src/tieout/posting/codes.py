"""Account codes: which of the three Chinese systems they are of, and which of them have others below."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import accumulate

import attrs

from tieout.posting.toml_files import read_toml

__all__ = ["CodeSystem", "DetectedCodes", "detect_code_system", "infer_levels", "parents_among"]

_HEAD = re.compile(r"\d{4}", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_FIRST_NAME = re.compile(r"[^-－—_/\\·:：（(]*")
_FIRST_LEVEL = 4  # digits
_USUAL_LEVELS = ((4, 2, 2, 2, 2), (4, 3, 3, 3))


class CodeSystem(StrEnum):
    """The systems that Chinese books are numbered by (`domain.md` 7.1).

    `old`: 企业会计制度, 1131 应收账款, 5101 主营业务收入. `small_business`: 小企业会计准则, 5001 主营业务收入.
    `enterprise`: 企业会计准则, 6001 主营业务收入.
    """

    OLD = "old"
    SMALL_BUSINESS = "small_business"
    ENTERPRISE = "enterprise"


@attrs.frozen(kw_only=True)
class DetectedCodes:
    """Which system codes are of, and what says so.

    Attributes:
        system: The system that most codes fit; None when no code tells, or two systems fit equally well.
        votes: For each system, how many of the codes that tell fit it.
        evidence: For each code that tells, the systems it fits, as a sentence.
    """

    system: CodeSystem | None
    votes: Mapping[CodeSystem, int]
    evidence: tuple[str, ...]


def detect_code_system(codes: Mapping[str, str] | Iterable[str]) -> DetectedCodes:
    """Tell the three Chinese code systems apart by first-level codes, and by names where one code has several meanings.

    Args:
        codes: Account codes, or their names by code. Codes that are no Chinese ones tell nothing.

    Example:
        >>> detect_code_system({"5001": "主营业务收入", "5401": "主营业务成本"}).system
        <CodeSystem.SMALL_BUSINESS: 'small_business'>
        >>> detect_code_system({"5001": "生产成本"}).evidence
        ('5001 生产成本: enterprise',)
        >>> detect_code_system(["1002", "5001"]).system is None
        True
    """
    named = codes if isinstance(codes, Mapping) else dict.fromkeys(codes, "")
    votes = dict.fromkeys(CodeSystem, 0)
    evidence: list[str] = []
    told: set[tuple[str, tuple[CodeSystem, ...]]] = set()
    for code, name in sorted(named.items()):
        head = _HEAD.match(code)
        fitting = () if head is None else _systems_of(head[0], name, is_first_level=code == head[0])
        if head is None or not 0 < len(fitting) < len(CodeSystem) or (head[0], fitting) in told:
            continue
        told.add((head[0], fitting))  # sub-accounts of one account are one witness
        for fit in fitting:
            votes[fit] += 1
        evidence.append(f"{code} {name}".strip() + f": {', '.join(fitting)}")
    first, second = sorted(votes.values(), reverse=True)[:2]
    system = max(votes, key=lambda one: votes[one]) if first > second else None
    return DetectedCodes(system=system, votes=votes, evidence=tuple(evidence))


def _systems_of(head: str, name: str, *, is_first_level: bool) -> tuple[CodeSystem, ...]:
    """Systems that have the code, of those the ones whose name it has; none for a name of the user's own."""
    having = {system: names[head] for system, names in _known().items() if head in names}
    first_name = _FIRST_NAME.match("".join(name.split()).replace("帐", "账").replace("其它", "其他"))
    word = "" if first_name is None else first_name[0]
    meant = tuple(system for system, names in having.items() if word in names)
    if meant or (word and is_first_level):
        return meant
    return tuple(having)


@cache
def _known() -> dict[CodeSystem, dict[str, list[str]]]:
    name = "code_systems.toml"
    data = read_toml(files("tieout.posting").joinpath(name), where=name)
    return {system: data[system] for system in CodeSystem}


def parents_among(
    codes: Iterable[str], *, children: Iterable[str], levels: tuple[int, ...] | None = None
) -> dict[str, str]:
    """Codes that have others below them: nothing is posted to those.

    A code is below another that it goes on from, after a mark (`5601.05` below `5601`) or, for codes of digits alone, at
    the end of a level.

    Args:
        codes: Account codes.
        children: Those that the book uses: an account above none of them may be posted to.
        levels: Digits of each level, such as `(4, 2, 2)`; None to take what `infer_levels` finds.

    Returns:
        The first code below, by the code that is above it.

    Example:
        >>> codes = ["2221.01", "2221.01.02", "2221.01.01", "1405"]
        >>> parents_among(codes, children=codes)
        {'2221.01': '2221.01.01'}
    """
    present = set(codes)
    ends = set(accumulate(levels or infer_levels(present) or ()))
    found: dict[str, str] = {}
    for code in sorted(set(children)):
        is_digits = bool(_DIGITS.fullmatch(code))
        cuts = (at for at in range(1, len(code)) if (at in ends if is_digits else not code[at].isalnum()))
        for above in (code[:at] for at in cuts):
            if above in present:
                found.setdefault(above, code)
    return dict(sorted(found.items()))


def infer_levels(codes: Iterable[str]) -> tuple[int, ...] | None:
    """Digits of each level, where codes of digits alone look like 4-2-2 or 4-3-3; None where they do not.

    Example:
        >>> infer_levels(["1002", "560105"]), infer_levels(["1002", "5601"])
        ((4, 2, 2, 2, 2), None)
    """
    lengths = {len(code) for code in codes if _DIGITS.fullmatch(code)}
    if _FIRST_LEVEL not in lengths or lengths == {_FIRST_LEVEL}:
        return None
    return next((levels for levels in _USUAL_LEVELS if lengths <= set(accumulate(levels))), None)
