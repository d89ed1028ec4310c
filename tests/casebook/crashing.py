"""A process that works on a book until it is killed, and what must be true of the book afterwards.

`python crashing.py URL FOLDER FIRST` imports, runs, decides and alerts, one act after the other from number FIRST on, and says `done N` when
act N is in the book for certain. Whoever kills it knows what it said.
"""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

from moneyed import Money

from tieout.casebook import Actor, Casebook
from tieout.casebook.alerts import AlertRule
from tieout.casebook.log import entries
from tieout.model import Order, OrderLine, Shipment, ShipmentLine
from tieout.reconciliations.dispatch import Dispatch
from tieout.tables import Table

ZONE = dt.timezone(dt.timedelta(hours=8))
LI = Actor("li", roles=["admin"])
ORDERS, ACTS = 60, ("import", "run", "decide", "alert", "decide", "import", "decide", "alert")
RULE = AlertRule("all", types=("*",), to=("file",))


def order(number, price):
    """One order of a lamp, shipped on the second."""
    line = OrderLine(sku="lamp", quantity=Decimal(1), unit_price=Money(price, "CNY"))
    paid, shipped = (dt.datetime(2026, 10, day, 9, tzinfo=ZONE) for day in (1, 2))
    return Order(
        platform="tmall", shop_id="lamps", platform_order_id=f"T{number:05}", currency="CNY", status="shipped",
        paid_at=paid, shipped_at=shipped, lines=(line,),
    )  # fmt: skip


def shipment(number):
    """Its parcel."""
    line = ShipmentLine(platform_order_id=f"T{number:05}", sku="lamp", quantity=Decimal(1))
    shipped = dt.datetime(2026, 10, 2, 9, tzinfo=ZONE)
    return Shipment(carrier="zto", tracking_no=f"75{number:011}", shop_id="lamps", shipped_at=shipped, lines=(line,))


def orders_of(act):
    """The orders as act number `act` knows them: one more than before, and one at another price."""
    count = ORDERS + act
    return Table.from_records([order(number, 200 + (number == act) * 10) for number in range(count)])


def work(url, folder, first):
    """Act after act, until somebody stops it."""
    sink = FileSink(folder / "alerts.txt")
    with Casebook(url) as cases:
        cases.alerts.watch([RULE], actor=LI)
        for act in range(first, first + 10_000):
            do(cases, act, sink)
            print(f"done {act}", flush=True)


def do(cases, act, sink):
    """One act; doing it again after a crash changes nothing that is there already."""
    what = ACTS[act % len(ACTS)]
    if what == "import":
        cases.import_records(orders_of(act), actor=LI, source="orders", complete=True)
        cases.import_records(Table.from_records([shipment(number) for number in range(50)]), actor=LI, source="parcels")
    elif what == "run":
        dispatch = Dispatch(currency="CNY", timezone="Asia/Shanghai", as_of=dt.date(2026, 10, 31))
        cases.run(dispatch, actor=LI, orders=cases.records(Order), shipments=cases.records(Shipment))
    elif what == "decide":
        case = cases.case(cases.open()["case_id"][act % 10])
        if not any(one.kind == "decision.comment" and one.body["text"] == f"act {act}" for one in case.history):
            cases.comment(case.case_id, f"act {act}", actor=LI, seen=case.version)
    else:
        cases.alerts.deliver({"file": sink})


class FileSink:
    """Appends the key of every alert to a file: what a receiver saw."""

    def __init__(self, path):
        self.path = path

    def send(self, message):
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{message.key}\n")


def killed_again_and_again(url, folder, *, times, seed, longest=0.6):
    """Start the worker, kill it at a random moment, look at the book; as often as asked. Gives what was seen."""
    dice, first, acts = random.Random(seed), 0, set()
    for _ in range(times):
        done = one_life(url, folder, first, dice.uniform(0.0, longest))
        acts |= done
        first = max(acts, default=-1) + 1
        require_whole(url, acts)
    return {"kills": times, "acts": len(acts), **require_delivered(url, folder)}


def one_life(url, folder, first, seconds):
    """Numbers of the acts that a worker reported before it was killed, `seconds` after it had done its first."""
    command = [sys.executable, __file__, url, str(folder), str(first)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=os.environ.copy())
    with worker:
        said = [worker.stdout.readline()]
        assert said[0].startswith("done"), "the worker did nothing"
        time.sleep(seconds)
        worker.send_signal(signal.SIGKILL)
        said += worker.stdout.readlines()
    return {int(line.split()[1]) for line in said if line.endswith("\n")}


def require_whole(url, acts):
    """The chain holds, what was reported is there, and nothing is there twice."""
    with Casebook(url) as cases:
        found = cases.verify()
        assert found.holds, found.faults
        with cases.store.reading() as connection:
            comments = [one.body["text"] for one in entries(connection, kinds=["decision.comment"])]
            opened = [one.subject for one in entries(connection, kinds=["case.opened"])]
    wanted = {f"act {act}" for act in acts if ACTS[act % len(ACTS)] == "decide"}
    assert len(comments) == len(set(comments)), "a decision was doubled"
    assert len(opened) == len(set(opened)), "a case was opened twice"
    assert wanted <= set(comments), "a decision was lost"


def require_delivered(url, folder):
    """What is noted as delivered was seen, nothing is noted twice, and what came again has the key of the first time."""
    with Casebook(url) as cases:
        waiting = [letter.message.key for letter in cases.alerts.waiting()]
        with cases.store.reading() as connection:
            raised = [one.body["key"] for one in entries(connection, kinds=["alert.raised"])]
            delivered = [one.body["delivery"] for one in entries(connection, kinds=["alert.delivered"])]
    path = folder / "alerts.txt"
    seen = path.read_text(encoding="utf-8").split() if path.exists() else []
    assert len(raised) == len(set(raised)) == len({*delivered, *waiting}), "an alert was lost or raised twice"
    assert len(delivered) == len(set(delivered)), "an alert was noted twice"
    assert set(delivered) <= set(seen) <= {*delivered, *waiting}
    return {"alerts": len(raised), "delivered": len(delivered), "sent again": len(seen) - len(set(seen))}


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
