"""Look words: what rules saw, as sentences in English and in Chinese. Positions count from 0 in both."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tieout.matching._verdict_looks import verdict_words
from tieout.matching.conditions._distance import Change, Words

if TYPE_CHECKING:
    from tieout.matching._looks import Candidate, Downgrade, GateLook, RuleLook

__all__ = [
    "SIDES_ZH",
    "candidate_words",
    "changes_words",
    "doubt_words",
    "gate_words",
    "key_words",
    "listed",
    "look_words",
    "rows_zh",
    "taken_words",
]

SIDES_ZH = {"left": "左表", "right": "右表"}
_OUTCOMES_ZH = {
    "confirmed": "已匹配",
    "suggested": "待人工确认",
    "not taken": "有候选，未采用",
    "no candidate": "无候选",
    "no key": "关键字段为空或已丢失位数",
    "not tried": "未尝试，前面的规则已匹配",
}
_LISTED_MAX = 20  # positions written out in a sentence; the data holds more


def listed(positions: Sequence[int], count: int | None = None) -> str:
    """Positions as words: `3, 4 and 7`; what is too much for a sentence is counted: `and 80 more`."""
    shown = [str(position) for position in positions[:_LISTED_MAX]]
    more = (len(positions) if count is None else count) - len(shown)
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    if not shown:
        return "none"
    *most, last = shown
    return f"{', '.join(most)} and {last}" if most else last


def rows_zh(side: str, positions: Sequence[int], count: int | None = None) -> str:
    """Rows of a side in Chinese: `右表第 4、5 行`."""
    shown = "、".join(str(position) for position in positions[:_LISTED_MAX])
    total = len(positions) if count is None else count
    more = f"等共 {total:,} 行" if total > min(len(positions), _LISTED_MAX) else "行"
    return f"{SIDES_ZH[side]}第 {shown} {more}"


def key_words(edits: int) -> Words:
    """A key that a rule does not admit, by its distance."""
    return Words(
        en=f"{edits} edit{'' if edits == 1 else 's'} away, more than this rule admits",
        zh=f"差 {edits} 处，超出该规则允许的范围",
    )


def gate_words(gate: "GateLook") -> Words:
    """Why a gate fails, or that it holds."""
    if gate.holds:
        return Words(en=f"{gate.gate}: holds", zh=f"{gate.gate_zh}：符合")
    return Words(
        en="; ".join(far.words.en for far in gate.distances) or f"{gate.gate}: does not hold",
        zh="；".join(far.words.zh for far in gate.distances) or f"{gate.gate_zh}：不符合",
    )


def changes_words(changes: Iterable[Change]) -> Words:
    """Changes that are needed together, as a clause."""
    each = list(changes)
    return Words(en=" and ".join(one.words.en for one in each), zh="，且 ".join(one.words.zh for one in each))


def doubt_words(downgrade: "Downgrade") -> Words:
    """Why a pair is only suggested, as a clause."""
    rows, zh = "another record", "其他记录"
    if downgrade.positions:
        rows = f"{downgrade.side} {listed(downgrade.positions, downgrade.count)}"
        zh = rows_zh(downgrade.side, downgrade.positions, downgrade.count)
    score = "" if downgrade.score is None else f"{downgrade.score:.6f}"
    by_doubt = {
        "rival": Words(en=f"{rows} could be meant as well", zh=f"也可能对应{zh}"),
        "matched rival": Words(
            en=f"{rows} could be meant as well, though matched already", zh=f"也可能对应{zh}（已与其他记录匹配）"
        ),
        "tie": Words(en=f"{rows} is as good", zh=f"与{zh}不分优劣"),
        "other rule": Words(
            en=f"the earlier rule {downgrade.rule!r} suggested {rows} instead",
            zh=f"前面的规则“{downgrade.rule}”建议的是{zh}",
        ),
        "no gates": Words(
            en="the rule has no gate that could corroborate a key that differs",
            zh="关键字段不完全相同，而该规则没有佐证条件",
        ),
        "too little key": Words(
            en="so little is left of the key that it can only be suggested", zh="关键字段残缺过多，只能作为建议"
        ),
        "check digit": Words(
            en="the check digits say that these are two numbers, not one that was damaged",
            zh="校验位表明这是两个不同的号码",
        ),
        "contradicted": Words(
            en="the keys are equal, but the other evidence speaks against it", zh="关键字段相同，但其他证据与之矛盾"
        ),
        "contested": Words(
            en="closeness alone chose it among several of that key, and a neighbour of another key may be meant",
            zh="同一关键字段有多行，仅凭接近程度选出，且相近号码的行也可能是对应行",
        ),
        "digits lost": Words(
            en="the keys are equal, but look rounded: digits may be lost, and two numbers may have become one",
            zh="关键字段相同，但像是被舍入过：可能丢失了位数，两个号码可能因此变成一个",
        ),
        "several sums": _several_words(downgrade),
        "shared sum": Words(en=f"{rows} adds up with the same records", zh=f"{zh}也与这些行合计相符"),
        "sum member": _member_words(downgrade, rows, zh),
        "rule suggests": Words(en="the rule only suggests", zh="该规则只作建议"),
        "below bar": Words(en=f"its score {score} is below the bar", zh=f"评分 {score} 低于确认界限"),
    }
    return by_doubt[downgrade.doubt.value]


def _several_words(downgrade: "Downgrade") -> Words:
    """In how many ways records add up to one; the count is not one of records."""
    other = "left" if downgrade.side == "right" else "right"
    return Words(
        en=f"{downgrade.count:,} sums of {downgrade.field:,} {other} records fit {downgrade.side} {listed(downgrade.positions)}",
        zh=(
            f"{SIDES_ZH[other]} {downgrade.field:,} 行中有 {downgrade.count:,} 种组合"
            f"与{rows_zh(downgrade.side or 'left', downgrade.positions)}相符"
        ),
    )


def _member_words(downgrade: "Downgrade", rows: str, rows_zh: str) -> Words:
    """Why a sum is in doubt of which the pair is only a part."""
    if not downgrade.rule:
        return Words(
            en="another record of the same sum is in doubt, and a sum is doubted whole",
            zh="同一组合中有其他行存疑，整个组合须一并确认",
        )
    return Words(
        en=f"the earlier rule {downgrade.rule!r} suggested another partner for {rows}, of the same sum",
        zh=f"前面的规则“{downgrade.rule}”为同一组合中的{rows_zh}建议了其他对应行",
    )


def candidate_words(candidate: "Candidate") -> Words:
    """What speaks against a candidate, or that nothing does."""
    against = [gate_words(gate) for gate in candidate.failed]
    if candidate.is_partner:
        against.append(Words(en="this is its partner", zh="即其匹配对象"))
    elif candidate.partners:
        own, rule = candidate.own_side, candidate.partner_rule
        against.append(
            Words(
                en=f"it is matched with {own} {listed(candidate.partners)} by rule {rule!r}",
                zh=f"已由规则“{rule}”与{rows_zh(own, candidate.partners)}匹配",
            )
        )
    if candidate.suggested_by is not None:
        against.append(
            Words(
                en=f"the earlier rule {candidate.suggested_by!r} suggests it already",
                zh=f"前面的规则“{candidate.suggested_by}”已建议该行",
            )
        )
    against += [doubt_words(downgrade) for downgrade in candidate.downgrades]
    if not against:
        against = [_nothing_against(candidate)]
    return Words(
        en=f"{candidate.side} {candidate.position} ({candidate.key}): {', '.join(words.en for words in against)}",
        zh=f"{rows_zh(candidate.side, (candidate.position,))}（{candidate.key_zh}）：{'；'.join(words.zh for words in against)}",
    )


def _nothing_against(candidate: "Candidate") -> Words:
    if candidate.has_key:
        return Words(en="nothing speaks against it", zh="没有不符之处")
    if candidate.gates:
        return Words(en="all gates hold", zh="佐证条件全部符合")
    return Words(en="nothing else speaks against it", zh="没有其他不符之处")


def taken_words(look: "RuleLook") -> Words:
    """That records of the same kind were taken."""
    own = next("right" if verdict.side == "left" else "left" for verdict in look.verdicts)
    rows, is_one = listed(look.taken_instead), len(look.taken_instead) == 1
    return Words(
        en=f"{own} {rows}, alike in all that the rules read, {'was' if is_one else 'were'} taken instead",
        zh=f"{rows_zh(own, look.taken_instead)}与其在各规则所读的字段上完全相同，已先采用",
    )


def look_words(look: "RuleLook") -> Words:
    """What a rule saw, in a line."""
    shown = [candidate_words(candidate) for candidate in look.candidates]
    if look.others:
        shown.append(Words(en=f"and {look.others:,} more", zh=f"另有 {look.others:,} 行"))
    if look.taken_instead:
        shown.append(taken_words(look))
    verdicts = [verdict_words(verdict) for verdict in look.verdicts]
    shown += [Words(en=one.en.removesuffix("."), zh=one.zh.removesuffix("。")) for one in verdicts]
    en = "; ".join(words.en for words in shown)
    zh = "；".join(words.zh for words in shown)
    return Words(
        en=f"{look.rule}: {look.outcome.value}{': ' if en else ''}{en}",
        zh=f"{look.rule}：{_OUTCOMES_ZH[look.outcome.value]}{'：' if zh else ''}{zh}",
    )
