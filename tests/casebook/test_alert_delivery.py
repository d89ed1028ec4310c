import os
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alert_receiver import receiving
from tieout.casebook import SYSTEM, Actor, AlertRule, Casebook, HookSink, Retry, WebhookSink
from tieout.casebook.alerts.delivering import claim
from tieout.casebook.log import Draft, entries
from tieout.errors import CasebookError, DeliveryFailed

BOSS = Actor("li", roles=["finance_manager"])
CASE = {"type": "courier.overweight", "severity": "high", "reconciliation": "r", "discrepancy_id": "d"}

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what no database can change."""


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


@pytest.fixture
def told(cases):
    """Opens so many cases, each of which is an alert for the sink `erp`."""
    cases.alerts.watch([AlertRule("all", to=["erp"])], actor=BOSS)

    def tell(number=1):
        drafts = [Draft(kind="case.opened", subject=f"c{one}", body=CASE) for one in range(number)]
        with cases.store.writing() as connection:
            cases._note(connection, drafts, actor=SYSTEM)

    return tell


def kinds(cases):
    with cases.store.reading() as connection:
        return [
            one.kind for one in entries(connection, kinds=["alert."]) if one.kind not in {"alert.rules", "alert.raised"}
        ]


def test_a_message_is_posted_once_with_its_key(cases, told, receiver):
    told(2)
    sinks = {"erp": WebhookSink(receiver.url)}

    assert cases.alerts.deliver(sinks).delivered == 2
    assert cases.alerts.deliver(sinks).delivered == 0

    assert len(receiver.requests) == len(receiver.taken) == 2
    assert set(receiver.taken) == {request["key"] for request in receiver.requests}
    assert kinds(cases) == ["alert.delivered"] * 2
    assert cases.alerts.waiting() == ()


@ON_SQLITE
@pytest.mark.parametrize(
    ("answer", "error", "arrived"),
    [
        ("500", "webhook: the receiver did not take it (500)", 0),
        ("404", "webhook: the receiver did not take it (404)", 0),
        ("move", "webhook: the receiver did not take it (302)", 0),
        ("silent", "webhook: nobody answered: ReadTimeout", 0),
        ("hang up", "webhook: nobody answered: RemoteProtocolError", 0),
        ("lose", "webhook: nobody answered: RemoteProtocolError", 1),
        ("garbage", "webhook: nobody answered: RemoteProtocolError", 0),
    ],
)
def test_what_was_not_taken_comes_again_with_the_same_key_and_bytes(
    cases, told, receiver, clock, answer, error, arrived
):
    told()
    receiver.answers = [answer]
    sinks = {"erp": WebhookSink(receiver.url, timeout_s=0.3)}

    assert cases.alerts.deliver(sinks).failed == 1
    [letter] = cases.alerts.waiting()
    assert (letter.attempts, letter.error) == (1, error)
    assert len(receiver.taken) == arrived
    assert cases.alerts.deliver(sinks).delivered == 0  # not before its time

    clock.now += timedelta(minutes=1)
    assert cases.alerts.deliver(sinks).delivered == 1

    first, second = receiver.requests
    assert (first["key"], first["body"], first["path"]) == (second["key"], second["body"], second["path"])
    assert len(receiver.taken) == 1
    assert kinds(cases) == ["alert.failed", "alert.delivered"]


@ON_SQLITE
def test_a_receiver_that_answers_twice_is_heard_once(cases, told, receiver):
    told(2)
    receiver.answers = ["twice", "twice"]

    assert cases.alerts.deliver({"erp": WebhookSink(receiver.url)}).delivered == 2
    assert len(receiver.requests) == 2


def test_nothing_is_lost_and_nothing_doubled_whatever_a_receiver_does(cases, told, receiver, clock):
    told(6)
    bad = ["500", "lose", "hang up", "twice", "garbage", "lose", "503 90", "move", "429 x"]
    receiver.answers = [*bad, *bad]
    sinks = {"erp": WebhookSink(receiver.url, timeout_s=0.5)}

    for _ in range(12):
        cases.alerts.deliver(sinks)
        clock.now += timedelta(hours=1)

    assert [letter.message for letter in (*cases.alerts.waiting(), *cases.alerts.dead())] == []
    keys = [alert.key for alert in cases.alerts.raised()]
    assert len(receiver.taken) == len(keys) == 6
    assert kinds(cases).count("alert.delivered") == 6
    assert cases.verify().holds


@ON_SQLITE
def test_waits_double_up_to_an_hour_and_the_eighth_failure_is_the_last(cases, told, clock):
    told()
    seen = []

    def fail(alert):
        seen.append(alert.key)
        raise OSError("http://user:password@host/token")

    clock.step = timedelta(0)
    waits = []
    for _ in range(8):
        cases.alerts.deliver({"erp": HookSink(fail)})
        waits += [datetime.fromisoformat(letter.next_try_at) - clock.now for letter in cases.alerts.waiting()]
        clock.now += timedelta(hours=1)

    assert [wait.total_seconds() / 60 for wait in waits] == [1, 2, 4, 8, 16, 32, 60]
    assert (len(seen), len(set(seen))) == (8, 1)
    assert cases.alerts.waiting() == ()
    [letter] = cases.alerts.dead()
    assert (letter.attempts, letter.error, letter.state) == (8, "OSError", "dead")
    assert kinds(cases) == [*["alert.failed"] * 7, "alert.dead"]
    with cases.store.reading() as connection:
        assert "password" not in "".join(str(one.body) for one in entries(connection))


def test_a_dead_letter_is_put_back_and_sent_with_its_key(cases, told, clock):
    told(2)
    once = Retry(attempts=1)

    def fail(alert):
        raise OSError

    assert cases.alerts.deliver({"erp": HookSink(fail)}, retry=once).dead == 2
    _, second = (letter.message.key for letter in cases.alerts.dead())
    with pytest.raises(CasebookError, match="there is no dead message 1234"):
        cases.alerts.requeue(["1234"], actor=BOSS)

    assert cases.alerts.requeue([second], actor=BOSS, reason="the address was mended, call 13800005678") == 1
    assert [letter.message.key for letter in cases.alerts.waiting()] == [second]
    assert [letter.attempts for letter in cases.alerts.waiting()] == [0]
    assert cases.alerts.requeue(actor=BOSS) == 1
    seen = []
    assert cases.alerts.deliver({"erp": HookSink(seen.append)}, retry=once).delivered == 2
    assert cases.alerts.dead() == ()
    assert sorted(kinds(cases)) == sorted(["alert.dead", "alert.requeued", "alert.delivered"] * 2)


def test_what_a_receiver_says_about_the_time_counts_up_to_a_day():
    retry = Retry()

    def wait(attempt, seconds=None):
        return retry.wait(attempt, DeliveryFailed("no", where="x", retry_after_s=seconds)).total_seconds()

    assert [wait(1), wait(1, 90), wait(1, 5), wait(1, 10**8)] == [60, 90, 60, 86_400]
    assert wait(10_000) == 3_600


@ON_SQLITE
def test_what_nobody_has_a_sink_for_waits(cases, told):
    told()

    assert cases.alerts.deliver({}).delivered == 0
    assert cases.alerts.deliver({"other": HookSink(print)}).delivered == 0
    assert [letter.message.sink for letter in cases.alerts.waiting()] == ["erp"]


@ON_SQLITE
def test_a_sink_without_send_is_refused(cases):
    with pytest.raises(CasebookError, match=r"sinks\['erp'\]: builtin_function_or_method has no send"):
        cases.alerts.deliver({"erp": print})


@ON_SQLITE
def test_no_more_attempts_are_made_than_asked_for(cases, told):
    told(3)

    assert cases.alerts.deliver({"erp": HookSink(bool)}, limit=2).delivered == 2
    assert len(cases.alerts.waiting()) == 1


def test_a_message_that_one_is_sending_is_not_sent_by_another(cases, told, url, clock):
    told()
    seen = []
    with Casebook(url, clock=clock) as other:

        def send(alert):
            seen.append(alert.key)
            if len(seen) == 1:
                assert other.alerts.deliver({"erp": HookSink(send)}).delivered == 0

        assert cases.alerts.deliver({"erp": HookSink(send)}).delivered == 1

    assert len(seen) == 1


def test_several_threads_and_connections_send_each_message_once(cases, told, url):
    told(24)
    seen, results = [], []
    start = threading.Barrier(4)

    def work():
        with Casebook(url) as book:
            start.wait()
            results.append(book.alerts.deliver({"erp": HookSink(lambda alert: seen.append(alert.key))}))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(seen), len(set(seen))) == (24, 24)
    assert sum(result.delivered for result in results) == 24
    assert cases.verify().holds


def taken_up(cases):
    """A message that one takes up to send, and what they would note of it."""
    with cases.store.writing() as connection:
        one = claim(connection, ["erp"], now=cases.clock(), lease_s=300)
    [letter] = cases.alerts.waiting()
    return one, letter.message


def test_who_is_too_slow_says_that_it_arrived_but_not_that_it_failed(cases, told, clock):
    told()
    slow, message = taken_up(cases)
    clock.now += timedelta(minutes=6)  # longer than the lease
    quick, _ = taken_up(cases)
    assert (slow.turn, quick.turn) == (1, 2)

    assert cases.alerts._settle(slow, message, OSError(), Retry(), SYSTEM) == "failed"
    assert kinds(cases) == []
    assert cases.alerts.deliver({"erp": HookSink(bool)}).delivered == 0  # the other is still sending it

    cases.alerts._settle(slow, message, None, Retry(), SYSTEM)
    cases.alerts._settle(quick, message, None, Retry(), SYSTEM)
    assert kinds(cases) == ["alert.delivered"]
    with cases.store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alert_lease").scalar() == 0


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from tieout.casebook import Casebook, HookSink, TickingClock, WebhookSink

url, address = sys.argv[1:]

class Killed:
    def send(self, message):
        WebhookSink(address).send(message)
        os.kill(os.getpid(), signal.SIGKILL)

with Casebook(url, clock=TickingClock(datetime(2026, 10, 1, 9, tzinfo=UTC))) as cases:
    cases.alerts.deliver({"erp": Killed()})
"""


def test_a_process_killed_after_it_sent_leaves_the_message_to_be_sent_with_the_same_key(
    cases, told, receiver, url, clock
):
    told()
    source = Path(__file__).parents[2] / "src"
    command = [sys.executable, "-c", KILLED, url, receiver.url]
    found = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(source)}, timeout=60)
    assert found.returncode == -signal.SIGKILL

    sinks = {"erp": WebhookSink(receiver.url)}
    clock.now = clock.now.replace(hour=9, minute=4)
    assert cases.alerts.deliver(sinks).delivered == 0  # it could still be sending
    clock.now = clock.now.replace(minute=6)
    assert cases.alerts.deliver(sinks).delivered == 1

    assert len(receiver.requests) == 2
    assert len(receiver.taken) == 1
    assert kinds(cases) == ["alert.delivered"]
    assert cases.verify().holds
