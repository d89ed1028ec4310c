"""A book with very many entries about cases, and how fast its lists, frames and decisions are."""

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from tieout.casebook import SYSTEM, Actor, Casebook
from tieout.casebook.log import Draft

__all__ = ["fill", "measure"]

_BATCH = 50_000
_STILL_OPEN = 53  # one of so many cases stays open
_OWNERS = ("logistics", "platform_ops", "treasury", "warehouse", "customer_service")
_TYPES = (
    "courier.overweight",
    "settlement.amount_mismatch",
    "bank.amount_mismatch",
    "warehouse.count_loss",
    "aftersale.qty_short",
)


def _opened(number: int) -> Draft:
    kind = number % len(_TYPES)
    body = {
        "reconciliation": "courier_bill",
        "discrepancy_id": f"{number:016x}",
        "type": _TYPES[kind],
        "severity": ("low", "medium", "high")[number % 3],
        "currency": "CNY",
        "impact_minor": number % 9_973,
        "expected_minor": 260,
        "actual_minor": 260 + number % 9_973,
        "claimable": True,
        "keys": {"carrier": "sf", "tracking_no": f"SF{number:013d}", "bill_no": f"B{number // 10_000}"},
        "evidence": {"ours": "0.86", "theirs": "1.30"},
        "reason": "billed 1.30 kg, weighed 0.86 kg",
        "reason_zh": "计费 1.30 kg，实重 0.86 kg",
        "next_step": "claim it with the scale's record",
        "owner": _OWNERS[kind],
        "due_on": f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "period": f"2026-{1 + number % 12:02d}",
        "run": 1,
    }
    return Draft(kind="case.opened", subject=f"{number:016x}", body=body)


def _drafts(entries: int) -> Iterator[list[Draft]]:
    """Four entries a case: opened, assigned, commented, resolved; some are not resolved."""
    cases = entries // 4
    for first in range(0, cases, _BATCH // 4):
        numbers = range(first, min(cases, first + _BATCH // 4))
        names = {number: f"{number:016x}" for number in numbers}
        yield [_opened(number) for number in numbers]
        yield [
            Draft(
                kind="decision.assign",
                subject=names[one],
                body={"from": "open", "state": "assigned", "assignee": "wang"},
            )
            for one in numbers
        ]
        yield [
            Draft(kind="decision.comment", subject=names[one], body={"text": "asked the courier"}) for one in numbers
        ]
        end = {"from": "assigned", "state": "resolved", "resolution": "corrected_source", "cause": "wrong_weight"}
        yield [
            Draft(kind="decision.resolve", subject=names[one], body=end)
            if one % _STILL_OPEN
            else Draft(kind="decision.comment", subject=names[one], body={"text": "still waiting"})
            for one in numbers
        ]


def fill(cases: Casebook, entries: int) -> float:
    """Write so many entries; gives the seconds that it took."""
    begun = time.perf_counter()
    for drafts in _drafts(entries):
        with cases.store.writing() as connection:
            cases._note(connection, drafts, actor=SYSTEM)
    return time.perf_counter() - begun


def _times(act: Callable[[], Any], *, rounds: int = 7) -> tuple[list[float], Any]:
    """Milliseconds of the first time, of the middle one, and of the processor the first time; and what it gave."""
    took, worked, given = [], [], None
    for _ in range(rounds):
        begun, working = time.perf_counter(), time.process_time()
        given = act()
        took.append((time.perf_counter() - begun) * 1000)
        worked.append((time.process_time() - working) * 1000)
    return [took[0], median(took), worked[0]], given


def measure(url: str) -> None:
    """Print how fast a filled book answers, each time from a book that was just opened."""
    lists: dict[str, Callable[[Casebook], Any]] = {
        "open()": lambda cases: cases.open(),
        'open(owner="logistics")': lambda cases: cases.open(owner="logistics"),
        "open(overdue=True, limit=100)": lambda cases: cases.open(overdue=True, limit=100),
        'open(type="courier.")': lambda cases: cases.open(type="courier."),
        "case(id)": lambda cases: cases.case(f"{53:016x}"),
        "approvals_frame()": lambda cases: cases.approvals_frame(),
        'trend(by="month")': lambda cases: cases.trend(by="month"),
        "frame(limit=1000)": lambda cases: cases.frame(limit=1000),
    }
    for name, act in lists.items():
        with Casebook(url) as cases:
            (first, middle, worked), given = _times(lambda act=act, cases=cases: act(cases))
            rows = f"{given.height:>9,} rows" if hasattr(given, "height") else ""
            told = f"first {first:>8.1f} ms (processor {worked:>8.1f})   median {middle:>8.1f} ms"
            print(f"{name:<34}{told} {rows}")
    with Casebook(url) as cases:
        ids = cases.open(owner="logistics", limit=1_000)["case_id"].to_list()
        begun = time.perf_counter()
        cases.resolve(ids, cause="wrong_weight", responsible="courier", actor=Actor("wang", roles=["logistics"]))
        print(f"resolve {len(ids):,} cases at once: {time.perf_counter() - begun:.2f} s")
