"""WeChat Pay's bills, from a server that gives answers of the recorded shape."""

import base64
import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tieout.errors import FetchError, InputError
from tieout.live._http import Web
from tieout.live.wechat_pay import WeChatPay

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"


def golden(leaf):
    return min(path for path in (GOLDENS / leaf).iterdir() if path.suffix == ".csv").read_bytes()


BILL, FUND_BILL = golden("wechat_trade_bill"), golden("wechat_fund_bill")
API, FUND_API, FILE = "/v3/bill/tradebill", "/v3/bill/fundflowbill", "/v3/billdownload/file"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def announced(platform, data=BILL, **more):
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "download_url": f"{platform.address}{FILE}?token=abc",
        **more,
    }


@pytest.fixture
def wechat(platform):
    return WeChatPay(
        merchant_id="1900000001",
        serial_no="5157F09EFDC096DE15EBE81A47057A72",
        private_key=pem(KEY),
        start=date(2026, 5, 1),
        address=platform.address,
        web=Web(where="WeChat Pay", sleep=lambda _: None, attempts=2),
        now=lambda: datetime(2026, 5, 3, 3, tzinfo=UTC),  # eleven in the morning in Shanghai
    )


def test_bills_of_the_days_that_are_ready_are_read_as_files(platform, wechat):
    platform.answer(API, announced(platform))
    platform.answer(FILE, BILL)

    found = wechat.fetch()

    assert ["1900000001_trade_2026-05-01.csv", "1900000001_trade_2026-05-02.csv"] == [
        batch.source.file for batch in found.batches
    ]
    assert {"wechat_trade_bill"} == {batch.format for batch in found.batches}
    assert "2026-05-02" == found.cursor
    assert ["2026-05-01", "2026-05-02"] == [one.query["bill_date"] for one in platform.asked if one.path == API]
    assert ((), "2026-05-02") == (wechat.fetch(found.cursor).batches, wechat.fetch(found.cursor).cursor)


def test_before_ten_the_bill_of_yesterday_is_not_asked_for(platform, wechat):
    platform.answer(API, announced(platform))
    platform.answer(FILE, BILL)
    early = WeChatPay(
        merchant_id="1",
        serial_no="2",
        private_key=pem(KEY),
        start=date(2026, 5, 1),
        address=platform.address,
        web=wechat.web,
        now=lambda: datetime(2026, 5, 3, 1, tzinfo=UTC),
    )

    assert "2026-05-01" == early.fetch().cursor


def test_requests_are_signed_with_the_merchants_key(platform, wechat):
    platform.answer(API, announced(platform))
    platform.answer(FILE, BILL)

    wechat.fetch("2026-05-01")

    for one in platform.asked:
        scheme, _, told = one.headers["Authorization"].partition(" ")
        said = dict(part.split("=", 1) for part in told.replace('"', "").split(","))
        message = f"GET\n{one.target}\n{said['timestamp']}\n{said['nonce_str']}\n\n".encode()
        assert ("WECHATPAY2-SHA256-RSA2048", "1900000001") == (scheme, said["mchid"])
        KEY.public_key().verify(base64.b64decode(said["signature"]), message, padding.PKCS1v15(), hashes.SHA256())


def test_a_bill_that_is_not_the_announced_one_is_tried_again(platform, wechat):
    platform.answer(API, announced(platform))
    platform.answer(FILE, BILL[:-9])
    platform.answer(FILE, BILL)

    assert 1 == len(wechat.fetch("2026-05-01").batches)


def test_a_bill_that_is_not_the_announced_one_twice_is_refused(platform, wechat):
    platform.answer(API, announced(platform))
    platform.answer(FILE, BILL[:-9])

    with pytest.raises(FetchError, match="trade bill of 2026-05-02: gave a bill whose SHA1 is not the one announced"):
        wechat.fetch("2026-05-01")


def test_an_address_that_is_no_longer_good_is_asked_for_again(platform, wechat):
    platform.answer(API, announced(platform))
    platform.answer(FILE, {"code": "INVALID_REQUEST"}, 400)
    platform.answer(FILE, BILL)

    found = wechat.fetch("2026-05-01")

    assert [API, FILE, API, FILE] == [one.path for one in platform.asked]
    assert 1 == len(found.batches)


def test_an_address_is_asked_for_as_it_was_signed(platform, wechat):
    platform.answer(API, announced(platform, download_url=f" {platform.address}{FILE}"))
    platform.answer(FILE, BILL)

    wechat.fetch("2026-05-01")

    asked = platform.asked[-1]
    said = dict(part.split("=", 1) for part in asked.headers["Authorization"].replace('"', "").split(" ")[1].split(","))
    message = f"GET\n{FILE}\n{said['timestamp']}\n{said['nonce_str']}\n\n".encode()
    assert FILE == asked.target
    KEY.public_key().verify(base64.b64decode(said["signature"]), message, padding.PKCS1v15(), hashes.SHA256())


def test_an_error_page_instead_of_a_bill_is_refused(platform, wechat):
    platform.answer(API, announced(platform))
    platform.answer(FILE, b"<html>busy</html>")

    with pytest.raises(FetchError, match="whose SHA1 is not the one announced"):
        wechat.fetch("2026-05-01")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "https://[x", "file:///etc/hostname", "/v3/billdownload/file"])
def test_a_bill_elsewhere_than_on_the_web_is_not_asked_for(platform, wechat, url):
    platform.answer(API, announced(platform, download_url=url))

    with pytest.raises(FetchError, match="at an address of another kind than its own"):
        wechat.fetch("2026-05-01")


def test_a_day_without_a_bill_is_told_and_passed_over(platform, wechat):
    platform.answer(API, {"code": "NO_STATEMENT_EXIST", "message": "..."}, 400)
    platform.answer(API, announced(platform))
    platform.answer(FILE, BILL)

    found = wechat.fetch()

    assert (1, "2026-05-02") == (len(found.batches), found.cursor)
    assert ["bill.none: there is no bill of 2026-05-01: nothing moved, or it is too long ago"] == [
        str(note) for note in found.notes
    ]


def test_a_bill_that_is_being_made_stops_the_days_after_it(platform, wechat):
    platform.answer(API, {"code": "STATEMENT_CREATING"}, 400)

    found = wechat.fetch()

    assert ((), None) == (found.batches, found.cursor)
    assert [
        (
            "bill.not_ready: the bill of 2026-05-01 is being made; later days wait for it; "
            "if nothing moved that day, go on with fetch('2026-05-01')"
        )
    ] == [str(note) for note in found.notes]
    assert ["bill.not_ready: the bill of 2026-05-02 is being made; later days wait for it"] == [
        str(note) for note in wechat.fetch("2026-05-01").notes
    ]


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (401, {"code": "SIGN_ERROR"}, r"WeChat Pay, trade bill of 2026-05-01: refuses \(401, SIGN_ERROR\)"),
        (500, {"code": "SYSTEM_ERROR"}, r"of 2026-05-01: failed 2 times \(500, SYSTEM_ERROR\)"),
        (200, {"hash_type": "MD5"}, "announced no bill with a SHA1"),
    ],
)
def test_what_the_platform_does_wrong_is_one_error(platform, wechat, status, body, text):
    platform.answer(API, body, status)

    with pytest.raises(FetchError, match=text):
        wechat.fetch()


def test_keys_bills_and_cursors_that_make_no_sense_are_refused(platform, wechat):
    given = {
        "merchant_id": "1",
        "serial_no": "2",
        "start": date(2026, 5, 1),
        "address": platform.address,
        "now": wechat.now,
    }

    with pytest.raises(InputError, match="no PEM key"):
        WeChatPay(private_key=b"secret", **given).fetch()
    with pytest.raises(InputError, match="an RSA private key is needed"):
        WeChatPay(private_key=pem(ec.generate_private_key(ec.SECP256R1())), **given).fetch()
    with pytest.raises(InputError, match="bill='refund' is unknown; known: trade, fund"):
        WeChatPay(private_key=pem(KEY), bill="refund", **given)
    for start in ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)):
        with pytest.raises(InputError, match="is no day"):
            WeChatPay(private_key=pem(KEY), **{**given, "start": start})
    for name, text in (("merchant_id", 1900000001), ("merchant_id", ""), ("serial_no", "5157F0\n")):
        with pytest.raises(InputError, match=f"{name} is empty, or holds what no number holds"):
            WeChatPay(private_key=pem(KEY), **{**given, name: text})
    with pytest.raises(InputError, match="is a day, YYYY-MM-DD, got 'x'"):
        wechat.fetch("x")
    assert "PRIVATE" not in repr(wechat)


def test_the_fund_bill_of_each_account_that_is_wanted_is_asked_for(platform, wechat):
    platform.answer(FUND_API, announced(platform, FUND_BILL))
    platform.answer(FUND_API, {"code": "NO_STATEMENT_EXIST"}, 400)
    platform.answer(FUND_API, announced(platform, FUND_BILL))
    platform.answer(FILE, FUND_BILL)
    all_accounts = attrs.evolve(wechat, bill="fund", accounts=["BASIC", "OPERATION", "FEES"])

    found = all_accounts.fetch("2026-05-01")

    assert [{"bill_date": "2026-05-02", "account_type": account} for account in ("BASIC", "OPERATION", "FEES")] == [
        one.query for one in platform.asked if one.path == FUND_API
    ]
    assert ["1900000001_fund_BASIC_2026-05-02.csv", "1900000001_fund_FEES_2026-05-02.csv"] == [
        batch.source.file for batch in found.batches
    ]
    assert ["bill.none: there is no bill OPERATION of 2026-05-02: nothing moved, or it is too long ago"] == [
        str(note) for note in found.notes
    ]


def test_accounts_that_were_not_asked_for_are_told(platform, wechat):
    platform.answer(FUND_API, announced(platform, FUND_BILL))
    platform.answer(FILE, FUND_BILL)

    fund, trade = attrs.evolve(wechat, bill="fund"), attrs.evolve(wechat, start=date(2026, 5, 9))

    assert ["account.not_asked: the fund bills of OPERATION and FEES were not asked for: give accounts=[...]"] == [
        str(note) for note in fund.fetch("2026-05-01").notes
    ]
    assert () == trade.fetch().notes


def test_a_day_of_which_one_account_is_not_ready_waits_whole(platform, wechat):
    platform.answer(FUND_API, announced(platform, FUND_BILL))
    platform.answer(FUND_API, {"code": "STATEMENT_CREATING"}, 400)
    platform.answer(FILE, FUND_BILL)

    found = attrs.evolve(wechat, bill="fund", accounts=["BASIC", "FEES"]).fetch("2026-05-01")

    assert ((), "2026-05-01") == (found.batches, found.cursor)


@pytest.mark.parametrize("accounts", [["ALL"], [], ["BASIC", "BASIC"], "basic"])
def test_accounts_that_make_no_sense_are_refused(wechat, accounts):
    with pytest.raises(InputError, match="one or more of BASIC, OPERATION, FEES, each once"):
        attrs.evolve(wechat, accounts=accounts)
