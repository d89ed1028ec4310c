"""The rule book of promotions: what a discount may be, who bears it, and below which price nothing is sold."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import attrs

from tieout.errors import InputError
from tieout.model import DiscountKind, Funder
from tieout.model.currency import exponent
from tieout.reconciliations._common.toml_rules import is_tables, number, record_of, tables_of, text_of
from tieout.reconciliations._promotions.matrix import FLOWS, effect_of

__all__ = ["PriceFloor", "PromotionRule", "PromotionTier", "RuleBook", "rule_book"]

_WHERE = "PromotionRule"
_FLOOR = "PriceFloor"
_KINDS = tuple(kind.value for kind in DiscountKind)
_FUNDERS = tuple(funder.value for funder in Funder if funder is not Funder.SHARED)
T = TypeVar("T")


def _word(value: object, name: str, known: Sequence[str], where: str) -> None:
    if value not in known:
        raise InputError(f"the {name} is one of {', '.join(known)}, got {value!r}", where=where)


def _money(value: Decimal | None, name: str, currency: str, where: str) -> None:
    number(value, name, where)
    if value is not None and value.scaleb(exponent(currency)) % 1:
        raise InputError(f"{name} has more decimals than {currency}: {value}", where=where)


def _days(first: date | None, last: date | None, where: str) -> None:
    if first is not None and last is not None and last < first:
        raise InputError(f"it ends before it begins: {first} to {last}", where=where)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
        raise InputError(f"a sequence of texts is needed, got {value!r}", where=_WHERE)
    return tuple(dict.fromkeys(value))


@attrs.frozen(kw_only=True)
class PromotionTier:
    """One step of a promotion: from `threshold` on, so much less.

    Attributes:
        threshold: What the eligible goods must come to (满), in units of the rule's currency.
        amount: Fixed reduction (减); None where `rate` says it.
        rate: Part of the eligible goods that is taken off, 0.1 for 九折; None where `amount` says it.
    """

    threshold: Decimal = Decimal(0)
    amount: Decimal | None = None
    rate: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        number(self.rate, "rate", _WHERE, most=Decimal(1))
        number(self.threshold, "threshold", _WHERE)
        number(self.amount, "amount", _WHERE)
        if (self.amount is None) == (self.rate is None):
            raise InputError("a tier says an amount or a rate, exactly one", where=_WHERE)

    def __str__(self) -> str:
        off = f"{self.amount:f}" if self.amount is not None else f"{self.rate:f} of it"
        return f"{off} off from {self.threshold:f}" if self.threshold else f"{off} off"


@attrs.frozen(kw_only=True)
class PromotionRule:
    """One promotion: what it takes off, from what, when and where, and who bears it.

    A discount belongs to the rule that lists its code, else to the one whose prefix its code begins with, else to one of its kind
    that names no codes. A rule without tiers takes what was claimed as it is, up to the price of the eligible goods.

    Attributes:
        name: What the campaign is called; unique in its book of rules.
        kind: What its discounts are called, such as `full_reduction`.
        funder: Who bears the part that the merchant does not; `merchant` where the merchant bears all.
        merchant_share: Part that the merchant bears, 0 to 1; None for all of it where the merchant funds, else nothing.
        settled_to_merchant: Whether the funder pays its part to the merchant; None for yes where there is another funder.
        advanced: Whether the merchant advances the funder's part, and is paid back later (国补商家垫资).
        line_type: Settlement line by which the funder pays; None for the one that goes with the funder.
        tiers: What is taken off, by threshold; the highest one that is reached counts.
        cap: Most that one use takes off; None without a limit.
        repeat: Whether a fixed amount is taken off for each time that its threshold is reached (每满减).
        currency: ISO 4217 code of thresholds, amounts and cap.
        platform: Platform that it holds on; None for all.
        shop_id: Shop that it holds in; None for all.
        valid_from: First day on which an order is placed that it holds for; None for all before `valid_to`.
        valid_to: Last such day; None for all after `valid_from`.
        skus: Articles that count towards it; empty for all.
        excluded_skus: Articles that do not.
        after: Kinds of other reductions that are taken off the goods before this one is worked out.
        stackable_group: Of the promotions of one group, an order may use one only; None where it goes with all.
        codes: Coupon codes that belong to it.
        code_prefix: What its coupon codes begin with; None where they are listed, or there are none.
        single_use: Whether each of its codes may be used in one order only.
        fee_rate: Part of the claimed amount that the platform charges the merchant for it (返点积分); None without a fee.

    Example:
        >>> step = PromotionTier(threshold=Decimal(300), amount=Decimal(40))
        >>> rule = PromotionRule(name="double 11", kind="full_reduction", tiers=[step])
        >>> str(rule), rule.shares
        ('double 11: full_reduction, 40 off from 300, by merchant', ('merchant', Decimal('1'), False))
    """

    name: str
    kind: str
    funder: str = Funder.MERCHANT.value
    merchant_share: Decimal | None = None
    settled_to_merchant: bool | None = None
    advanced: bool = False
    line_type: str | None = None
    tiers: tuple[PromotionTier, ...] = attrs.field(default=(), converter=tuple)
    cap: Decimal | None = None
    repeat: bool = False
    currency: str = "CNY"
    platform: str | None = None
    shop_id: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    skus: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    excluded_skus: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    after: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    stackable_group: str | None = None
    codes: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    code_prefix: str | None = None
    single_use: bool = False
    fee_rate: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        _word(self.kind, "kind", _KINDS, _WHERE)
        _word(self.funder, "funder", _FUNDERS, _WHERE)
        for kind in self.after:
            _word(kind, "kind", _KINDS, _WHERE)
        if self.line_type is not None:
            _word(self.line_type, "line type", FLOWS, _WHERE)
        number(self.merchant_share, "merchant_share", _WHERE, most=Decimal(1))
        number(self.fee_rate, "fee_rate", _WHERE, most=Decimal(1))
        _money(self.cap, "cap", self.currency, _WHERE)
        for tier in self.tiers:
            _money(tier.threshold, "threshold", self.currency, _WHERE)
            _money(tier.amount, "amount", self.currency, _WHERE)
        _days(self.valid_from, self.valid_to, _WHERE)
        self._require_sense()

    def _require_sense(self) -> None:
        if self.funder == Funder.MERCHANT.value and (self.merchant_share not in {None, Decimal(1)} or self.line_type):
            raise InputError(f"{self.name}: what the merchant bears has no other funder", where=_WHERE)
        if self.repeat and not all(tier.threshold and tier.amount is not None for tier in self.tiers):
            raise InputError(f"{self.name}: only amounts with a threshold repeat", where=_WHERE)
        if len({tier.threshold for tier in self.tiers}) < len(self.tiers):
            raise InputError(f"{self.name}: two tiers have one threshold", where=_WHERE)
        if self.single_use and not (self.codes or self.code_prefix):
            raise InputError(f"{self.name}: what is used once has codes, or a prefix of them", where=_WHERE)
        if self.code_prefix == "":
            raise InputError(f"{self.name}: a prefix is not empty", where=_WHERE)

    @property
    def shares(self) -> tuple[str, Decimal, bool]:
        """Who bears it, the part of it that the merchant bears, and whether the funder pays the rest to the merchant."""
        is_own = self.funder == Funder.MERCHANT.value
        share = self.merchant_share if self.merchant_share is not None else Decimal(1 if is_own else 0)
        settled = self.settled_to_merchant if self.settled_to_merchant is not None else not is_own
        return self.funder, share, settled

    @property
    def flow(self) -> str | None:
        """Settlement line by which the other's part comes, or the merchant's goes; None where neither does."""
        return self.line_type or effect_of(self.kind, self.funder, advanced=self.advanced).line_type

    @property
    def days(self) -> tuple[date, date]:
        """First and last day that it holds for."""
        return self.valid_from or date.min, self.valid_to or date.max

    def __str__(self) -> str:
        funder, share, _ = self.shares
        by = funder if share in {Decimal(0), Decimal(1)} else f"{funder}, {share:f} of it by merchant"
        tiers = "; ".join(map(str, sorted(self.tiers, key=lambda tier: tier.threshold))) or "as claimed"
        return f"{self.name}: {self.kind}, {tiers}, by {by}"


@attrs.frozen(kw_only=True)
class PriceFloor:
    """The least that one piece of an article may bring.

    A piece brings its price less what the merchant bears of all reductions.

    Attributes:
        sku: The merchant's article code.
        price: Least price of one piece, tax included, in units of the currency.
        currency: ISO 4217 code.
        platform: Platform that it holds on; None for all.
        shop_id: Shop that it holds in; None for all.
        valid_from: First day on which an order is placed that it holds for; None for all before `valid_to`.
        valid_to: Last such day; None for all after `valid_from`.
    """

    sku: str
    price: Decimal
    currency: str = "CNY"
    platform: str | None = None
    shop_id: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def __attrs_post_init__(self) -> None:
        _money(self.price, "price", self.currency, _FLOOR)
        _days(self.valid_from, self.valid_to, _FLOOR)

    @property
    def days(self) -> tuple[date, date]:
        """First and last day that it holds for."""
        return self.valid_from or date.min, self.valid_to or date.max


def _by_name(rules: Sequence[PromotionRule]) -> tuple[PromotionRule, ...]:
    return _of_kind(rules, PromotionRule, "rules", lambda rule: (rule.name,))


def _by_sku(floors: Sequence[PriceFloor]) -> tuple[PriceFloor, ...]:
    return _of_kind(
        floors, PriceFloor, "floors", lambda floor: (floor.sku, floor.platform or "", floor.shop_id or "", floor.days)
    )


def _of_kind(given: Sequence[T], kind: type[T], where: str, order: Callable[[T], tuple[object, ...]]) -> tuple[T, ...]:
    if isinstance(given, kind) or not all(isinstance(one, kind) for one in given):
        raise InputError(f"a sequence of {kind.__name__} is needed, got {type(given).__name__}", where=where)
    return tuple(sorted(given, key=order))


@attrs.frozen(kw_only=True)
class RuleBook:
    """All promotions of a shop, and the floors of its prices.

    Attributes:
        rules: Promotions, each with a name of its own.
        floors: Floors of prices.
    """

    rules: tuple[PromotionRule, ...] = attrs.field(default=(), converter=_by_name)
    floors: tuple[PriceFloor, ...] = attrs.field(default=(), converter=_by_sku)

    def __attrs_post_init__(self) -> None:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"two rules are called {', '.join(twice)}", where="rules")
        codes = [code for rule in self.rules for code in rule.codes]
        if len(set(codes)) < len(codes):
            again = sorted({code for code in codes if codes.count(code) > 1})[:3]
            raise InputError(f"codes of two rules: {', '.join(again)}", where="rules")

    @classmethod
    def load(cls, path: str | Path) -> "RuleBook":
        """The rule book that a TOML file holds.

        Args:
            path: File of tables `[[rules]]` and `[[floors]]`, as `loads` takes them.

        Raises:
            InputError: The file cannot be read, or says something that is no rule.
        """
        file = Path(path)
        return cls.loads(text_of(file), name=file.name)

    @classmethod
    def loads(cls, text: str, *, name: str = "rules") -> "RuleBook":
        """The rule book that a TOML text holds.

        Args:
            text: Tables `[[rules]]` and `[[floors]]` with the attributes as keys; amounts are numbers or text. A rule of one tier
                may say `threshold`, `amount` and `rate` itself.
            name: What the text is called in errors.

        Raises:
            InputError: The text is no TOML, or says something that is no rule.

        Example:
            >>> text = '''
            ... [[rules]]
            ... name = "满300减40"
            ... kind = "full_reduction"
            ... threshold = 300
            ... amount = 40
            ... '''
            >>> [str(rule) for rule in RuleBook.loads(text).rules]
            ['满300减40: full_reduction, 40 off from 300, by merchant']
        """
        parsed = tables_of(text, ("rules", "floors"), name=name)
        rules = [_rule(entry, f"{name}: rule {at}") for at, entry in enumerate(parsed.get("rules", []), start=1)]
        floors = [
            _made(PriceFloor, entry, ("sku", "price"), f"{name}: floor {at}")
            for at, entry in enumerate(parsed.get("floors", []), start=1)
        ]
        return cls(rules=rules, floors=floors)

    def __str__(self) -> str:
        return f"{len(self.rules)} rules, {len(self.floors)} floors"


def _rule(entry: Mapping[str, Any], where: str) -> PromotionRule:
    own = {name: value for name, value in entry.items() if name not in {"threshold", "amount", "rate", "tiers"}}
    short = {name: value for name, value in entry.items() if name in {"threshold", "amount", "rate"}}
    listed = entry.get("tiers", [])
    if not is_tables(listed) or (short and listed):
        raise InputError("tiers are a list of tables, or one tier that the rule says itself", where=where)
    tiers = [_made(PromotionTier, tier, (), where) for tier in (*listed, *([short] if short else []))]
    return _made(PromotionRule, own, ("name", "kind"), where, tiers=tiers)


_DECIMALS = ("threshold", "amount", "rate", "cap", "merchant_share", "fee_rate", "price")
_TYPES: Mapping[str, type] = {
    **dict.fromkeys(("settled_to_merchant", "advanced", "repeat", "single_use"), bool),
    **dict.fromkeys(("valid_from", "valid_to"), date),
    **dict.fromkeys(("skus", "excluded_skus", "after", "codes"), list),
}


def _made(kind: type[T], entry: Mapping[str, Any], needed: Sequence[str], where: str, **more: object) -> T:
    """A value of a table, or an error that says which entry is wrong, and where."""
    return record_of(kind, entry, needed=needed, decimals=_DECIMALS, types=_TYPES, where=where, **more)


def rule_book(given: RuleBook | Sequence[PromotionRule]) -> RuleBook:
    """A rule book of what a caller may give: the book, or its rules alone.

    Raises:
        InputError: It is neither.
    """
    return given if isinstance(given, RuleBook) else RuleBook(rules=given)
