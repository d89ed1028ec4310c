"""Explanation words: what happened to a record, in one sentence, in English and in Chinese."""

from typing import TYPE_CHECKING

from tieout.matching._look_words import candidate_words, changes_words, doubt_words, listed, rows_zh, taken_words
from tieout.matching._verdict_looks import verdict_words
from tieout.matching.conditions._distance import Words

if TYPE_CHECKING:
    from tieout.matching._looks import Downgrade
    from tieout.matching.explanation import Explanation

__all__ = ["explanation_words"]


def explanation_words(told: "Explanation") -> Words:
    """What happened, in one sentence."""
    other = "right" if told.side == "left" else "left"
    en = f"{told.side.capitalize()} {told.position}"
    zh = f"{rows_zh(told.side, (told.position,))}（行号从 0 起）"
    partners, partners_zh = f"{other} {listed(told.partners)}", rows_zh(other, told.partners)
    if told.status == "confirmed":
        return Words(
            en=f"{en} is matched with {partners} by rule {told.rule!r}.",
            zh=f"{zh}已由规则“{told.rule}”与{partners_zh}匹配。",
        )
    if told.status == "suggested":
        return _suggested_words(told, en, zh)
    alone = _alone_words(told)
    return Words(en=f"{en} is not matched; {alone.en}", zh=f"{zh}未匹配；{alone.zh}")


def _suggested_words(told: "Explanation", en: str, zh: str) -> Words:
    """A clause for each rule: whom it suggests, and why it does no more."""
    other = "right" if told.side == "left" else "left"
    rules = list(dict.fromkeys(one.rule for one in told.suggestions))
    named = [
        (rule, sorted(one.partner for one in told.suggestions if one.rule == rule), _why_suggested(told, rule))
        for rule in rules
    ]
    if len(named) == 1:
        rule, rows, why = named[0]
        what = f"{other} {listed(rows)} may belong to it by rule {rule!r}, which is for a person to decide"
        return Words(
            en=f"{en} is not matched; {what}{why.en}.",
            zh=f"{zh}未匹配；按规则“{rule}”可能对应{rows_zh(other, rows)}，须人工确认{why.zh}。",
        )
    each = [
        Words(
            en=f"{other} {listed(rows)}{'' if at else ' may belong to it'} by rule {rule!r}{why.en}",
            zh=f"按规则“{rule}”可能对应{rows_zh(other, rows)}{why.zh}",
        )
        for at, (rule, rows, why) in enumerate(named)
    ]
    return Words(
        en=f"{en} is not matched, and a person decides; {'; '.join(one.en for one in each)}.",
        zh=f"{zh}未匹配，须人工确认；{'；'.join(one.zh for one in each)}。",
    )


def _why_suggested(told: "Explanation", rule: str) -> Words:
    """A rule's reasons beside the other partners that the sentence names already."""
    partners = {one.partner for one in told.suggestions if one.rule == rule}
    reasons: list[Downgrade] = []
    for suggestion in told.suggestions:
        for reason in suggestion.reasons if suggestion.rule == rule else ():
            is_partners = reason.side != told.side and {*reason.positions} <= partners
            is_said = reason.doubt.value in {"rival", "tie"} and is_partners and bool(reason.positions)
            if not is_said and reason not in reasons:
                reasons.append(reason)
    words = [doubt_words(reason) for reason in reasons]
    if not words:
        return Words(en="", zh="")
    return Words(en=": " + ", and ".join(one.en for one in words), zh="：" + "，且".join(one.zh for one in words))


def _alone_words(told: "Explanation") -> Words:
    nearest = told.nearest
    outcomes = {look.outcome.value for look in told.looks}
    lead = [Words(en="it has no key, or one that lost digits", zh="关键字段为空，或已丢失位数")]
    if outcomes != {"no key"}:
        lead = _sum_words(told)
    if nearest is not None:
        shown, change = candidate_words(nearest), _change_words(told)
        lead.append(Words(en=f"nearest is {shown.en}", zh=f"最接近的是{shown.zh}"))
        tail = change
    else:
        tail = Words(en="", zh="")
    if not lead:
        has_sum = any(look.is_sum for look in told.looks)
        lead = [Words(en="no rule found a candidate", zh="各规则均未找到候选")]
        if has_sum:
            lead.append(
                Words(
                    en="its key, its amount or the gates admit no sum",
                    zh="按其关键字段、金额和佐证条件，没有可计入的合计",
                )
            )
    return Words(
        en=f"{'; '.join(one.en for one in lead)}.{tail.en}", zh=f"{'；'.join(one.zh for one in lead)}。{tail.zh}"
    )


def _sum_words(told: "Explanation") -> list[Words]:
    """What was found out about a sum that it could be in: first one whose search stopped."""
    nearest = told.nearest
    looks = [look for look in told.looks if look.verdicts]
    stopped = [look for look in looks if look.verdicts[0].answer == "stopped"]
    near = [look for look in looks if nearest is None or nearest in look.candidates or look.taken_instead]
    for look in [*stopped, *near]:
        said = verdict_words(look.verdicts[0])
        words = Words(en=said.en.removesuffix("."), zh=said.zh.removesuffix("。"))
        return [*([taken_words(look)] if look.taken_instead else []), words]
    return []


def _change_words(told: "Explanation") -> Words:
    found = told.smallest_change
    if found is None:
        return Words(en="", zh="")
    look, candidate = found
    changes = changes_words(candidate.changes or ())
    is_nearest = told.nearest is not None and candidate.position == told.nearest.position
    which, which_zh = "it", "该行"
    if not is_nearest:
        which, which_zh = f"{candidate.side} {candidate.position}", rows_zh(candidate.side, (candidate.position,))
    return Words(
        en=f" Rule {look.rule!r} would admit {which} with {changes.en}.",
        zh=f"若将 {changes.zh}，规则“{look.rule}”即可接受{which_zh}。",
    )
