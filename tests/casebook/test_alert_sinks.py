import hashlib
import hmac
import json
import logging
import sys

import pytest
from moneyed import Money

from alert_receiver import receiving
from tieout.casebook import Alert, AppriseSink, HookSink, LogSink, Message, WebhookSink
from tieout.casebook.alerts.sinks.apprise import _cut
from tieout.errors import CasebookError, DeliveryFailed, MissingExtra

SHARED = "共享 s3cret"


def alert(case_id="c1", **others):
    given = {
        "key": f"key-{case_id}",
        "rule": "dear parcels",
        "trigger": "case",
        "subject": case_id,
        "case_id": case_id,
        "type": "courier.overweight",
        "severity": "high",
        "impact": Money("620.00", "CNY"),
        "owner": "logistics",
        "raised_at": "2026-10-01T08:00:00.000000Z",
    }
    return Alert(**{**given, **others})


MESSAGE = Message(key="3f2a9c0d11", sink="s", alerts=(alert(),))


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


def test_a_webhook_posts_all_of_it_as_json_with_the_key_in_a_header(receiver):
    WebhookSink(receiver.url).send(MESSAGE)

    [request] = receiver.requests
    assert request["key"] == "3f2a9c0d11"
    assert request["path"] == "/hook/s3cret-token?key=s3cret-key"
    assert request["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert request["headers"]["Tieout-Signature"] is None
    said = json.loads(request["body"])
    assert said == json.loads(json.dumps(dict(MESSAGE.facts())))
    assert said["alerts"][0]["impact"] == {"amount": "620.00", "currency": "CNY"}
    assert (said["key"], said["digest"], said["title_zh"]) == (
        "3f2a9c0d11",
        "at_once",
        "courier.overweight +620.00 CNY",
    )


def test_a_webhook_signs_what_it_posts(receiver):
    WebhookSink(receiver.url, secret=SHARED).send(MESSAGE)

    [request] = receiver.requests
    expected = hmac.new(SHARED.encode(), request["body"], hashlib.sha256).hexdigest()
    assert request["headers"]["Tieout-Signature"] == f"sha256={expected}"


def test_a_redirect_is_not_followed(receiver):
    receiver.answers = ["move"]
    with pytest.raises(DeliveryFailed) as caught:
        WebhookSink(receiver.url).send(MESSAGE)

    assert caught.value.status == 302
    assert len(receiver.requests) == 1


def test_a_receiver_may_say_when_to_come_again(receiver):
    receiver.answers = ["503 120", "503 Wed, 21 Oct 2026 07:28:00 GMT"]
    for seconds in (120, None):
        with pytest.raises(DeliveryFailed) as caught:
            WebhookSink(receiver.url).send(MESSAGE)
        assert (caught.value.status, caught.value.retry_after_s) == (503, seconds)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/s3cret-token",
        "file:///etc/s3cret-token",
        "host/s3cret-token",
        "https:///s3cret-token",
        "https://host/s3cret-token\r\nX: y",
        "https://host:port/s3cret-token",
        "https://[::1/s3cret-token",
        "https://主机/s3cret-token",
        "",
    ],
)
def test_what_is_no_address_of_the_web_is_refused_and_not_told(url):
    with pytest.raises(CasebookError, match="an address that begins with https://") as caught:
        WebhookSink(url)

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("answer", ["take", "500", "hang up", "silent"])
def test_an_address_stands_in_no_error_and_no_log(receiver, caplog, answer):
    caplog.set_level(1)
    service = receiver.url.replace("http://", "json://user:s3cret-password@")
    wait = 0.2 if answer == "silent" else 10  # a busy machine may take its time to answer
    sinks = (WebhookSink(receiver.url, secret=SHARED, timeout_s=wait), AppriseSink(f"{service}&rto={wait}"))
    said = repr(sinks)
    for sink in sinks:
        receiver.answers = [answer]
        try:
            sink.send(MESSAGE)
        except DeliveryFailed as error:
            said += f"{error!r} {error} {error.__cause__!r} {error.__context__!r} {error.__dict__}"

    assert len(receiver.requests) == 2
    assert "s3cret" not in said + caplog.text
    assert "127.0.0.1" not in said + caplog.text


def test_what_others_log_through_the_same_libraries_is_logged_as_ever(receiver, caplog):
    httpx = pytest.importorskip("httpx")
    caplog.set_level(logging.INFO)
    WebhookSink(receiver.url).send(MESSAGE)
    httpx.post(receiver.url.replace("s3cret", "open"), content=b"", headers={"Idempotency-Key": "x"})

    assert "open-token" in caplog.text


def test_apprise_sends_text_in_both_languages_and_the_key(receiver):
    AppriseSink(receiver.url.replace("http://", "json://")).send(MESSAGE)

    [request] = receiver.requests
    said = json.loads(request["body"])
    assert request["key"] == "3f2a9c0d11"
    assert said["title"] == "courier.overweight +620.00 CNY"
    assert said["type"] == "failure"
    assert said["message"] == f"{MESSAGE.text_zh}\n\n{MESSAGE.text}\n#3f2a9c0d"


@pytest.mark.parametrize(("language", "text"), [("zh", "负责：物流"), ("en", "Owner: logistics")])
def test_apprise_sends_one_language_where_one_is_asked_for(receiver, language, text):
    AppriseSink(receiver.url.replace("http://", "json://"), language=language).send(MESSAGE)

    said = json.loads(receiver.requests[0]["body"])["message"]
    assert text in said
    assert ("：" in said) is (language == "zh")


@pytest.mark.parametrize("answer", ["500", "move", "hang up"])
def test_apprise_tells_that_a_service_did_not_take_it(receiver, answer):
    receiver.answers = [answer]

    with pytest.raises(DeliveryFailed, match="the service did not take it"):
        AppriseSink(receiver.url.replace("http://", "json://")).send(MESSAGE)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "dingtalk://s3cret@a0b1c2d3e4",
        "wecombot://a0b1c2d3-e4f5-a6b7-c8d9-e0f1a2b3c4d5",
        "feishu://a0b1c2d3e4f5",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
        "mailto://user:s3cret@example.com",
    ],
)
def test_apprise_knows_the_services_of_chinese_firms_slack_and_mail(url):
    sink = AppriseSink(url)
    service = sink._service()
    long = Message(key="k" * 32, sink="s", digest="daily", alerts=tuple(alert(f"c{n}") for n in range(200)))

    body = sink._body(long, service, long.title_zh)
    assert len(body.encode()) <= service.body_maxlen
    assert body.endswith("\n#kkkkkkkk")


def test_a_text_is_cut_at_the_end_of_a_line_by_its_bytes():
    assert _cut("一二\n三", 10) == "一二\n三"
    assert _cut("一二\n三四", 10) == "一二\n…"
    assert _cut("一二\n三四", 9) == "…"


@pytest.mark.parametrize("url", ["", "nothing", "nosuch://s3cret", "dingtalk://"])
def test_what_apprise_does_not_know_is_refused_and_not_told(url, caplog):
    with pytest.raises(CasebookError, match="apprise knows no such address") as caught:
        AppriseSink(url)

    assert "s3cret" not in str(caught.value) + caplog.text


def test_apprise_speaks_three_languages_only():
    with pytest.raises(CasebookError, match="zh, en or both is needed, got 'fr'"):
        AppriseSink("json://localhost", language="fr")


@pytest.mark.parametrize(
    ("name", "make"),
    [("httpx", lambda: WebhookSink("https://example.com")), ("apprise", lambda: AppriseSink("json://localhost"))],
)
def test_a_sink_without_its_library_says_what_to_install(monkeypatch, name, make):
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(MissingExtra, match=f"needs {name}") as caught:
        make()
    assert "tieout[alerts]" in str(caught.value)


@pytest.mark.parametrize(
    ("severity", "level"),
    [("critical", "CRITICAL"), ("high", "ERROR"), ("medium", "WARNING"), ("low", "INFO"), (None, "INFO")],
)
def test_the_log_gets_the_text_at_the_level_of_its_severity(caplog, severity, level):
    caplog.set_level(logging.INFO)
    message = Message(key="k1", sink="log", alerts=(alert(severity=severity),))
    LogSink("books").send(message)

    [record] = caplog.records
    assert (record.name, record.levelname, record.idempotency_key) == ("books", level, "k1")
    assert record.getMessage() == message.text


def test_the_log_of_a_digest_begins_with_its_title(caplog):
    caplog.set_level(logging.INFO)
    LogSink(chinese=True).send(Message(key="k", sink="log", digest="weekly", alerts=(alert(), alert("c2"))))

    assert caplog.records[0].getMessage().splitlines() == [
        "tieout：每周汇总，2 条",
        "courier.overweight +620.00 CNY (c1)",
        "courier.overweight +620.00 CNY (c2)",
    ]


def test_a_hook_gets_each_alert_of_a_message():
    seen = []
    HookSink(seen.append).send(Message(key="k", sink="hook", digest="daily", alerts=(alert(), alert("c2"))))

    assert [one.case_id for one in seen] == ["c1", "c2"]
