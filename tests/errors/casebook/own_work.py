from datetime import UTC, datetime

from tieout.casebook import SYSTEM, Actor, Casebook, TickingClock
from tieout.casebook.log import Draft

facts = {
    "type": "courier.overweight",
    "severity": "high",
    "owner": "logistics",
    "currency": "CNY",
    "impact_minor": 50_000,
}
opened = Draft(
    kind="case.opened", subject="c1", body={"reconciliation": "courier_bill", "discrepancy_id": "d1", **facts}
)
boss = Actor("boss", roles=["admin"])
with Casebook("sqlite://", clock=TickingClock(datetime(2026, 10, 1, tzinfo=UTC))) as cases:
    with cases.store.writing() as connection:
        cases._note(connection, [opened], actor=SYSTEM)
    cases.write_off("c1", reason="not worth a letter", actor=boss)
    cases.approve("c1", actor=boss)
