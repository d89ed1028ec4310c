"""The columns of a draft that hold money: their currency, which of them sum up, and how they are signed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from tieout.model import CourierCharge, SettlementLine
from tieout.privacy import mask_text
from tieout.sources._captions import fold_caption
from tieout.sources._draft_columns import Bound, moneylike
from tieout.sources._draft_content import Content
from tieout.sources._draft_words import SETTLED, field_of
from tieout.sources._drafting import Drafting, listed
from tieout.tables._schema import record_schema

__all__ = ["add_money", "ask_how_signs_are_written"]

_AMOUNTS: Final = ("amount", "gain", "loss", "balance", "fee", "net", "freight", "declared", "on delivery", "paid out")
_IS_BASE: Final = re.compile(
    r"(?i)(?:基本|基础|首重)?(?:运费|快递费)(?:[(（]元[)）])?|base(?: charge| freight)?|freight"
)
_COST: Final = r"fee$|commission$|affiliate$|insurance$|penalty$|compensation$|donation$|tax_withheld$"
_SIGN_WAYS: Final[tuple[dict[str, str], ...]] = ({}, {"written": "plain"}, {"written": "signed"}, {"written": "either"})


def add_money(drafting: Drafting, bound: Mapping[str, Bound]) -> None:
    """Map the columns of money, with their currency and signs.

    Args:
        drafting: The draft.
        bound: The columns by what they say.
    """
    parts = {key: one for key, one in bound.items() if key.startswith(("charge ", "part "))}
    money = [
        *parts.values(),
        *(bound[key] for key in _AMOUNTS if key in bound),
    ]
    _add_currency(drafting, bound, [one.content for one in money])
    if "decimal_mark" in drafting.said:
        drafting.add("", "decimal_mark", drafting.said["decimal_mark"], "said by you")
    elif any(one.content.decimal_comma for one in money):
        drafting.add("", "decimal_mark", ",", f"figures such as {_figure_of(money)} have it")
    if "date_format" in drafting.said:
        drafting.add("", "date_format", drafting.said["date_format"], "said by you")
    # `amount` again, where the words of fields have not told how it is signed.
    drafting.entries = [entry for entry in drafting.entries if (entry.section, entry.key) != ("columns", "amount")]
    is_bill = drafting.record is CourierCharge
    if len(parts) > 1 or (parts and (is_bill or "amount" not in bound)):
        _add_several(drafting, parts, bound)
    else:
        _add_amount(drafting, bound)
    if "balance" in bound and drafting.record.__name__ == "SettlementLine":
        drafting.add("", "balance", bound["balance"].content.caption, bound["balance"].reason)
    if not any((entry.section, entry.key) == ("columns", "amount") for entry in drafting.entries):
        of_types = {("columns", "type")} if any(entry.section == "types" for entry in drafting.entries) else set()
        kept = (entry for entry in drafting.entries if entry.section != "types")
        drafting.entries = [entry for entry in kept if (entry.section, entry.key) not in of_types]
    _choose_sign(drafting, bound)


def _add_currency(drafting: Drafting, bound: Mapping[str, Bound], money: Sequence[Content]) -> None:
    needs = any(spec.name == "currency" and spec.required for spec in record_schema(drafting.record).columns)
    if "currency" in bound or not (money or needs):
        return
    if "currency" in drafting.said:
        drafting.add("", "currency", drafting.said["currency"], "said by you")
        return
    named = next((content.currency for content in money if content.currency is not None), None)
    if named is not None:
        drafting.add("", "currency", *named)
    elif drafting.is_chinese:
        drafting.add("", "currency", "CNY", "the captions are Chinese; the file itself does not say")
    else:
        drafting.ask("currency", "EUR", "the file does not say it")


def _add_several(drafting: Drafting, parts: Mapping[str, Bound], bound: Mapping[str, Bound]) -> None:
    """Several amounts on a line, whose sum may stand beside them."""
    section = "charges" if drafting.record.__name__ == "CourierCharge" else "amounts"
    total = bound.get("amount")
    unsigned = [one for one in parts.values() if section == "amounts" and _is_unsigned_cost(one)]
    ways: list[list[Bound]] = [[], unsigned] if unsigned else [[]]
    before = list(drafting.entries)
    for inverse in ways:
        if total is None:
            break
        _add_parts(drafting, section, parts.values(), inverse=inverse)
        drafting.add("", "net", total.content.caption, f"{total.reason}; on every line it is the sum of the others")
        batch, _ = drafting.tried()
        if batch is None or batch.control.holds:
            return
        drafting.entries = list(before)
    _add_parts(drafting, section, parts.values(), asked=unsigned)
    if total is None:
        return
    if section == "charges" and _IS_BASE.fullmatch(total.content.bare_caption):
        why = "the price of the way, beside which the others stand: it is not their sum"
        drafting.add("charges", total.content.caption, "base", why)
        return
    drafting.add("columns", "amount", total.content.caption, f"{total.reason}; it is not the sum of the others")
    drafting.add(
        "",
        f"{section}_included",
        value=True,
        reason="a total beside its parts mostly holds them; false where it does not",
    )


def _is_unsigned_cost(one: Bound) -> bool:
    """Whether figures of what a platform takes have no minus, so that they may be charges or gains."""
    return not one.content.has_minus and re.search(_COST, one.sense.split(" ")[-1]) is not None


def _add_parts(
    drafting: Drafting,
    section: str,
    parts: Iterable[Bound],
    *,
    inverse: Sequence[Bound] = (),
    asked: Sequence[Bound] = (),
) -> None:
    """The columns of which each is a line of its own.

    Args:
        drafting: The draft.
        section: Where they stand in it.
        parts: The columns.
        inverse: Those whose figures are charged though they have no minus.
        asked: Those of which a person must say whether they are.
    """
    for one in parts:
        kinds = one.sense.split(" ")[1:]
        value: Any = kinds[0] if len(kinds) == 1 else kinds
        reason = one.reason
        if one in inverse:
            reason += "; its figures have no minus, and taken off the total is the sum"
        if one in asked:
            reason += "; its figures have no minus, and nothing says whether they are taken off or given back"
        if one in inverse or one in asked:
            value = {"type": value, "inverse": True}
        drafting.add(section, one.content.caption, value, reason, ask=one in asked)


def _add_amount(drafting: Drafting, bound: Mapping[str, Bound]) -> None:
    gain, loss, way, amount = (bound.get(key) for key in ("gain", "loss", "direction", "amount"))
    loss = loss or bound.get("paid out")
    if gain is not None and loss is not None:
        value: Any = {"gain": gain.content.caption, "loss": loss.content.caption}
        drafting.add("columns", "amount", value, f"{gain.reason}, {loss.reason}")
    elif way is not None and (one := amount or gain or loss) is not None:
        value = {"column": one.content.caption, "direction": way.content.caption}
        others = way.content.undirected
        more = f"; lines with {listed(others)} are refused, for these say no direction" if others else ""
        words = listed(list(way.content.distinct))
        drafting.add("columns", "amount", value, f"{one.reason}; {way.reason}: {words}{more}")
    elif amount is not None:
        is_cash = field_of("gain", drafting.record) is not None
        unsigned = is_cash and not amount.content.has_minus
        more = "; no figure has a minus, so losses among them would be read as gains" if unsigned else ""
        beside = _rivals(drafting, amount) if drafting.record is SettlementLine else []
        if beside:
            more += f"; {listed(beside)} {'hold' if len(beside) > 1 else 'holds'} money too: check which of them was settled"
        drafting.add("columns", "amount", amount.content.caption, amount.reason + more)
    elif gain is not None:
        drafting.add("columns", "amount", gain.content.caption, gain.reason)
    elif loss is not None:
        inverse = not loss.content.has_minus
        value = {"column": loss.content.caption, "inverse": True} if inverse else loss.content.caption
        drafting.add("columns", "amount", value, loss.reason)


def _rivals(drafting: Drafting, amount: Bound) -> list[str]:
    """Captions of the columns that may be what was settled as well as the one that is taken; none where that one says so."""
    if re.search(SETTLED, fold_caption(amount.content.bare_caption)) is not None:
        return []
    others = (one for one in moneylike(drafting.contents) if one.position != amount.content.position)
    return [mask_text(one.caption) or "" for one in others]


def _choose_sign(drafting: Drafting, bound: Mapping[str, Bound]) -> None:
    """Of the ways in which amounts can be signed, the one that the balances follow."""
    at = next(
        (at for at, entry in enumerate(drafting.entries) if (entry.section, entry.key) == ("columns", "amount")), None
    )
    if at is None or "balance" not in bound:
        return
    entry = drafting.entries[at]
    is_rule = isinstance(entry.value, Mapping) and bool({"gain", "direction"} & set(entry.value))
    plain = dict(entry.value) if isinstance(entry.value, Mapping) else {"column": entry.value}
    found = []
    for inverse in ({}, {"inverse": True}):
        for way in _SIGN_WAYS if is_rule else ({},):
            value = {**plain, **way, **inverse}
            drafting.entries[at] = attrs.evolve(entry, value=value)
            batch, _ = drafting.tried()
            if batch is not None and any("balance" in check.name for check in batch.control.proof.checks):
                found.append((sum(one.check == "balance" for one in batch.control.findings), value))
    drafting.entries[at] = entry
    if not found:
        return
    wrong, value = min(found, key=lambda pair: pair[0])
    more = "the balances follow so" if not wrong else f"of all ways so most balances follow; {wrong} do not"
    if wrong and all(others == wrong for others, _ in found):
        value, more = entry.value, f"the balances say nothing of signs, {wrong} of them follow in no way"
    shown = entry.value if set(value) == {"column"} else value
    drafting.entries[at] = attrs.evolve(entry, value=shown, reason=f"{entry.reason}; {more}")


def ask_how_signs_are_written(drafting: Drafting) -> None:
    """Figures could mean two things: they are read in one way as a stand-in, and the draft is refused until a person says.

    Args:
        drafting: The draft.
    """
    at = next(at for at, entry in enumerate(drafting.entries) if (entry.section, entry.key) == ("columns", "amount"))
    entry = drafting.entries[at]
    drafting.entries[at] = attrs.evolve(
        entry,
        value={**entry.value, "written": "?"},
        reason=f"{entry.reason}; ASK: written = plain where a minus takes "
        "back, signed where figures are signed already, either where a minus means nothing",
    )


def _figure_of(money: Sequence[Bound]) -> str:
    return next(one.content.texts[0] for one in money if one.content.decimal_comma)
