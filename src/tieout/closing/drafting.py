"""Draft a first config of a close from a folder of downloads: every guess with its reason beside it, for a person to check."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from glob import escape
from os import PathLike
from pathlib import Path
from typing import Final

import attrs

from tieout.closing.draft_words import comment, quoted, table
from tieout.closing.looking import Facts, Looked, Seen, Untold, look_at
from tieout.closing.run_settings import needed_by
from tieout.errors import InputError
from tieout.keys import PLATFORMS
from tieout.ledgers import formats as ledger_formats
from tieout.model import CourierCharge, Order, SettlementLine, StockCount
from tieout.reconciliations import Period, Takes, reconciliation, reconciliations

__all__ = ["ConfigDraft", "draft_config", "write_draft"]

_ZONES: Final = {
    "CNY": "Asia/Shanghai", "HKD": "Asia/Hong_Kong", "TWD": "Asia/Taipei", "JPY": "Asia/Tokyo",
    "KRW": "Asia/Seoul", "SGD": "Asia/Singapore", "GBP": "Europe/London",
}  # fmt: skip
_OPTION: Final = re.compile(r"such as (?P<name>[a-z_]+)='(?P<value>[^']+)'")
"""How a reader says what it should be told."""
_LEDGER: Final = "journal_csv"
_OWN_STAGE: Final = "ledger_tieout"
_NO_MONTH: Final = "2000-01"
_HALF: Final = 2


@attrs.frozen(kw_only=True)
class ConfigDraft:
    """A config for a person to check, and the mappings that it names.

    Attributes:
        text: TOML with comments, as `CloseConfig.loads` takes it.
        mappings: Text by the name of each mapping that was drafted, to be written beside the config.
        looked: What the folder holds.
        asked: What a person has to say before everything is read and audited, a sentence each.
    """

    text: str
    mappings: Mapping[str, str] = attrs.field(factory=dict)
    looked: Looked = attrs.field(repr=False)
    asked: tuple[str, ...] = ()


def draft_config(folder: str | PathLike[str], *, out: str | PathLike[str] = "close.toml") -> ConfigDraft:
    """Draft a config for the downloads in a folder; nothing is written.

    Args:
        folder: The folder; folders in it are searched too.
        out: Where the config will be: the paths in it are told from there on.

    Raises:
        InputError: There is no such folder, or it holds no file.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InputError("there is no such folder", where=str(path))
    looked = look_at(path)
    if not looked.seen and not looked.untold:
        raise InputError("the folder holds no file", where=str(path))
    return _Draft(looked, Path(out)).draft()


def write_draft(draft: ConfigDraft, out: str | PathLike[str]) -> tuple[Path, ...]:
    """Write a draft and its mappings; a file that is there already is never replaced.

    Args:
        draft: The draft, made for the same place.
        out: Where the config goes.

    Returns:
        The files that were written.

    Raises:
        InputError: One of them is there already, and none is written; or one cannot be written.
    """
    path = Path(out)
    texts = {path: draft.text} | {path.parent / name: text for name, text in draft.mappings.items()}
    for file in texts:
        if file.exists():
            raise InputError("the file is there already", where=str(file), hint="name another with --out")
    for file, text in texts.items():
        try:
            with file.open("x", encoding="utf-8", newline="\n") as opened:
                opened.write(text)
        except OSError as cause:
            raise InputError(f"the config cannot be written: {cause.strerror}", where=str(file)) from cause
    return tuple(texts)


class _Draft:
    """One draft while it is being made."""

    def __init__(self, looked: Looked, out: Path) -> None:
        self.looked = looked
        self.out = out
        self.asked: list[str] = []
        self.currency = _commonest(looked, "currency") or "CNY"
        self.period = _month_of(looked)
        self.roles = _roles_of(looked, Period.parse(self.period))
        self.mappings = self._mapping_names()

    def draft(self) -> ConfigDraft:
        """The draft, part by part."""
        parts = [
            self._top(),
            self._book(),
            self._rates(),
            self._files(),
            self._reconciliations(),
            self._ledgers(),
            _END,
        ]
        text = "\n\n".join("\n".join(lines) for lines in map(list, parts) if lines) + "\n"
        texts = {self.mappings[one.name]: one.draft for one in self.looked.seen if one.draft}
        return ConfigDraft(text=text, mappings=texts, looked=self.looked, asked=tuple(self.asked))

    def _beside(self, path: Path) -> str:
        """A path as the config says it."""
        try:
            return Path(os.path.relpath(path.absolute(), self.out.absolute().parent)).as_posix()
        except ValueError:  # another drive
            return path.absolute().as_posix()

    def _mapping_names(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.looked.seen:
            if one.draft:
                stem = Path(one.name).stem
                names = (f"{stem}_mapping{'' if n == 1 else f'_{n}'}.toml" for n in range(1, 1000))
                taken = set(found.values())
                found[one.name] = next(
                    name for name in names if name not in taken and not (self.out.parent / name).exists()
                )
        return found

    def _top(self) -> Iterator[str]:
        name = self.out.name
        yield from comment(
            f"A period close. `tieout init` wrote this from {len(self.looked.seen)} files; every guess has its reason beside it.",
            "Lines with CHECK need a person. docs/reference/close-config.md lists every key.",
            f"Then: tieout close {name} --dry-run (writes nothing), and tieout close {name}",
        )
        yield ""
        shops = _codes(self.looked, "shop_id")
        shop = next(iter(shops)) if len(shops) == 1 else "My shop"
        yield f"name = {quoted(shop)}  # CHECK: the name of the book, such as the shop's"
        if self.period == _NO_MONTH:
            self.asked.append("period: no file says of which days it is")
            yield f'period = "{self.period}"  # CHECK: no file says of which days it is'
        else:
            yield f'period = "{self.period}"  # CHECK: most files speak of that month'
        yield f"files = [{quoted(self._beside(self.looked.folder))}]"
        yield f'# out = "close-{self.period}"  # where the results go'
        before = f"{Period.parse(self.period).first - timedelta(days=1):%Y-%m}"
        yield f'# opening = "close-{before}"  # the close before; taken by itself where its folder is there'

    def _book(self) -> Iterator[str]:
        is_chinese = self.currency == "CNY"
        yield "[book]"
        chart = "cn_small_business" if is_chinese else "ifrs"
        yield f"chart = {quoted(chart)}  # CHECK: cn_small_business (小企业会计准则), cn_enterprise (企业会计准则), ifrs, a file"
        count = _codes(self.looked, "currency").get(self.currency, 0)
        reason = f"the currency of {count:,} records" if count else "no record says a currency"
        yield f"currency = {quoted(self.currency)}  # CHECK: {reason}"
        zone = _ZONES.get(self.currency, "UTC")
        yield f"timezone = {quoted(zone)}  # CHECK: the zone in which a day of the books ends"
        yield 'taxpayer = "general"  # CHECK: general (一般纳税人) or small_scale (小规模纳税人)'

    def _rates(self) -> Iterator[str]:
        others = {code: n for code, n in _codes(self.looked, "currency").items() if code != self.currency}
        if not others:
            return
        yield from comment(
            f"Book currency per unit, as the books take it. Needed to post what is not in {self.currency}."
        )
        yield "# [rates]"
        for code, count in sorted(others.items()):
            yield f'# {code} = ""  # {count:,} records are in {code}'
            self.asked.append(f"rates.{code}: {count:,} records are in {code}")

    def _files(self) -> Iterator[str]:
        yield from comment(
            "-- Files: what each one is. What needs telling has an entry; the first that fits a file holds."
        )
        if self.looked.has_settings:
            yield from ("[[read]]", 'file = "*.toml"', 'skip = "settings: contracts, mappings, configs"')
        for one in self.looked.seen:
            yield from self._seen(one)
        for name, same_as in self.looked.repeated:
            yield f"# {name}: the same file as {same_as}, read once"
        for untold in self.looked.untold:
            yield from self._untold(untold)

    def _seen(self, one: Seen) -> Iterator[str]:
        yield f"# {one.name}: {one.format}, {'; '.join(_told(facts) for facts in one.facts)}"
        if one.rejects:
            yield f"#   {one.rejects:,} lines cannot be read, and will be listed as rejects"
        if not one.holds:
            yield "#   what the file declares is not what its lines say: tieout read FILE tells where"
        role, reason = self.roles.get(one.name, ("", ""))
        platform, why = self._platform_of(one, role)
        if not (one.draft or one.mapping or role or platform):
            return
        yield "[[read]]"
        yield f"file = {quoted(escape(one.name))}"
        if one.draft:
            name = self.mappings[one.name]
            yield f"mapping = {quoted(name)}  # CHECK: drafted from the file, every line of it a guess with its reason"
            self.asked.append(f"{name}: a drafted mapping of {one.name} to {one.main.record}; check every line of it")
        elif one.mapping is not None:
            yield f"mapping = {quoted(self._beside(one.mapping))}  # it lies beside the files, and reads this one"
        if role:
            yield f"role = {quoted(role)}  # CHECK: {reason}"
        if platform:
            yield f"options = {{ constants = {{ platform = {quoted(platform)} }} }}  # CHECK: {why}"

    def _platform_of(self, one: Seen, role: str) -> tuple[str, str]:
        """The platform that a file's records are of and that it does not say itself, and why; where the orders know but one."""
        if one.format == "generic_table":
            return "", ""
        own = set(one.main.codes.get("platform", ()))
        orders = [
            other
            for other in self.looked.seen
            if other.main.record == Order.__name__ and other.name not in self.roles and other is not one
        ]
        if role == "erp_orders":
            why = "where these orders were placed"
        elif one.main.record == SettlementLine.__name__ and len(own) == 1:
            orders = [other for other in orders if _share_numbers(one, other)]
            why = f"the lines are of its orders; {next(iter(own))} is the wallet that was paid into"
        else:
            return "", ""
        others = {code for other in orders for code in other.main.codes.get("platform", ())}
        return (next(iter(others)), why) if len(others) == 1 and own != others else ("", "")

    def _untold(self, one: Untold) -> Iterator[str]:
        if one.skip:
            yield f"# {one.name}: {_sentence(one.why)}"
            yield from ("[[read]]", f"file = {quoted(escape(one.name))}", f"skip = {quoted(one.skip)}")
            return
        self.asked.append(f"{one.name}: {_sentence(one.why)}")
        yield f"# {one.name}: CHECK: {_sentence(one.why)}"
        if one.hint:
            yield f"#   {_sentence(one.hint)}"
        option = _OPTION.search(one.hint)
        if option is not None:
            yield from (
                "#   [[read]]",
                f"#   file = {quoted(escape(one.name))}",
                f"#   options = {{ {option['name']} = {quoted(option['value'])} }}",
            )
        if one.is_table:
            stem = Path(one.name).stem
            target = self._beside(self.looked.folder / one.name)
            more = " --record RECORD" if one.is_open else ""
            how = "a draft for it, once you know of what" if one.is_open else "a mapping tells what its columns are"
            yield f"#   {how}: tieout sources new {target}{more} --out {stem}_mapping.toml"
            yield from (
                "#   [[read]]",
                f"#   file = {quoted(escape(one.name))}",
                f'#   mapping = "{stem}_mapping.toml"',
            )
        yield "#   or, where the close does not need it:"
        yield from ("#   [[read]]", f"#   file = {quoted(escape(one.name))}", '#   skip = "why it is not needed"')

    def _reconciliations(self) -> Iterator[str]:
        have = self._have()
        yield from comment(
            "-- Reconciliations: each is run when its sides are there. Settings are fields of its class:"
        )
        yield from comment("   docs/reference/reconciliations.md. `run = false` leaves one out.")
        lacking: list[str] = []
        for name in reconciliations():
            if name == _OWN_STAGE:
                continue
            takes = getattr(reconciliation(name), "TAKES", ())
            missing = [one for one in takes if one.needed and (one.role or one.record.__name__) not in have]
            if missing:
                what = ", ".join(
                    one.record.__name__ + (f" of the role {one.role}" if one.role else "") for one in missing
                )
                lacking.append(f"#   {name}: no {what}")
                continue
            sides = ", ".join(one.name for one in takes if (one.role or one.record.__name__) in have)
            yield f"# {name}: {sides}"
            yield from self._each(name)
        if lacking:
            yield "# Not possible with these files:"
            yield from lacking

    def _have(self) -> set[str]:
        """Roles and classes that the files give."""
        found: set[str] = set()
        for one in self.looked.seen:
            role = self.roles.get(one.name, ("", ""))[0]
            found |= {facts.record for facts in (one.facts[1:] if role else one.facts)}
            found |= {role} if role else set()
        return found

    def _each(self, name: str) -> Iterator[str]:
        kind = reconciliation(name)
        field, takes = getattr(kind, "EACH", ""), getattr(kind, "TAKES", ())
        sides: list[Takes] = [one for one in takes if one.needed]
        if not field or not sides:
            return
        audited = sides[-1]
        counts: Counter[str] = Counter()
        given = 0
        for one in self.looked.seen:
            if self.roles.get(one.name, ("", ""))[0] == audited.role:
                for facts in one.facts:
                    if facts.record == audited.record.__name__:
                        given += facts.count
                        counts.update(facts.codes.get(field, {}))
        if unsaid := given - counts.total():
            said = f"{unsaid:,} {audited.name} do not say their {field}: give it under [constants] of their mapping"
            yield f"# CHECK: {said}."
            self.asked.append(said)
        for value, count in sorted(counts.items()):
            card = self.looked.cards.get(value) if "rate_card" in needed_by(kind) else None
            yield ""
            if card is not None:
                yield f"[reconciliations.{name}.each.{table(value)}]  # {count:,} {audited.name}"
                yield f"rate_card = {quoted(self._beside(card))}"
                continue
            yield f"# CHECK: {count:,} {audited.name} are of the {field} {value}. Without these lines they are not audited:"
            yield f"# [reconciliations.{name}.each.{table(value)}]"
            for needed in needed_by(kind):
                example, told = _HELP.get(needed, ("...", ""))
                yield f"# {needed} = {quoted(example.format(value=value))}{told}"
            self.asked.append(
                f"reconciliations.{name}.each.{value}: {', '.join(needed_by(kind))} for {count:,} {audited.name}"
            )

    def _ledgers(self) -> Iterator[str]:
        yield from comment(
            "-- Ledgers: the files that accounting systems import, by the system. Take the # away before yours."
        )
        yield "[ledgers]"
        yield f'{_LEDGER} = "vouchers.csv"  # every voucher line, for anyone'
        for one in ledger_formats():
            if one.is_sent or one.problem is not None or one.name == _LEDGER:
                continue
            extra = " Needs pip install 'tieout[excel]'." if one.suffix == ".xlsx" else ""
            yield f"# {one.name} = {quoted(f'{one.name}{one.suffix}')}  # {_sentence(one.title)}{extra}"


_HELP: Final = {
    "rate_card": (
        "{value}_contract.toml",
        "  # its contract as a file: docs/reference/tariffs.md says how one is written",
    )
}
_END: Final = """\
# -- A casebook keeps cases, decisions and vouchers from close to close; without one the close works in memory.
# [casebook]
# url = "sqlite:///books.db"
# actor = "month end"
# roles = ["data", "accountant"]

# -- From where on a discrepancy makes the exit code 1; any, where nothing is said.
# [bar]
# severity = "medium"  # info, low, medium, high, critical
# amount = "1.00"

# [report]
# language = "both"  # en, zh, both""".splitlines()


def _sentence(text: str) -> str:
    """Text that stays on one line of a comment."""
    return " ".join(text.split())


def _told(facts: Facts) -> str:
    days = f", {facts.first} to {facts.last}" if facts.first is not None else ""
    codes = [
        f"{name} {', '.join(f'{code} ({count:,})' for code, count in list(held.items())[:5])}"
        for name, held in facts.codes.items()
        if held and name != "currency"
    ]
    return f"{facts.count:,} {facts.record}{days}{''.join(f', {one}' for one in codes)}"


def _codes(looked: Looked, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in looked.seen:
        for facts in one.facts:
            found.update(facts.codes.get(name, {}))
    return found


def _commonest(looked: Looked, name: str) -> str | None:
    return min(_codes(looked, name).items(), key=lambda item: (-item[1], item[0]), default=(None, 0))[0]


def _month_of(looked: Looked) -> str:
    """The month that most files are of, each with one vote; the later one of several."""
    votes = Counter(
        max(one.main.months.items(), key=lambda item: (item[1], item[0]))[0] for one in looked.seen if one.main.months
    )
    return max(votes.items(), key=lambda item: (item[1], item[0]), default=(_NO_MONTH, 0))[0]


def _roles_of(looked: Looked, period: Period) -> dict[str, tuple[str, str]]:
    """Role and reason of each file whose records are not the plain ones of their class."""
    found: dict[str, tuple[str, str]] = {}
    earlier = {CourierCharge.__name__: "history", StockCount.__name__: "previous"}
    what = {CourierCharge.__name__: "bills", StockCount.__name__: "counts"}
    for one in looked.seen:
        record = one.main.record
        is_before = one.main.last is not None and one.main.last < period.first
        if record in earlier and is_before:
            found[one.name] = (earlier[record], f"all of it is before {period.first}, as earlier {what[record]} are")
    orders = [one for one in looked.seen if one.main.record == Order.__name__]
    for one in orders:
        if any(_are_same_orders(one, other) and _is_erp(one, other, looked) for other in orders):
            found[one.name] = ("erp_orders", "another file lists the same orders, and this one is no platform's")
    return found


def _are_same_orders(one: Seen, other: Seen) -> bool:
    if one.format == other.format and one.mapping == other.mapping and not one.draft:
        return False
    return _share_numbers(one, other)


def _share_numbers(one: Seen, other: Seen) -> bool:
    """Whether half of the order numbers of the file that has fewer stand in the other too."""
    fewer = min(len(one.main.numbers), len(other.main.numbers))
    return fewer > 0 and len(one.main.numbers & other.main.numbers) * _HALF >= fewer


def _is_erp(one: Seen, other: Seen, looked: Looked) -> bool:
    """Whether the first of two files with the same orders is not the platform's own."""
    return not _is_platforms(one, looked) and _is_platforms(other, looked)


def _is_platforms(one: Seen, looked: Looked) -> bool:
    if one.format == "generic_table":
        return False
    settled = {
        code
        for other in looked.seen
        for facts in other.facts
        if facts.record != Order.__name__
        for code in facts.codes.get("platform", ())
    }
    return bool(set(one.main.codes.get("platform", ())) & ({*PLATFORMS, "tmall"} | settled))
