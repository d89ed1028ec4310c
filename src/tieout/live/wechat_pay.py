"""WeChat Pay bills (微信支付账单), by the interface of version 3.

One bill a day, from ten in the morning of the next day on, for about three months back. A first question gives the address of the
bill and its SHA-1, a second one the bill itself, which is held against it. The address is good for minutes, so that a bill which
does not come whole is asked for anew. The file is then read as if someone had downloaded it:
`wechat_trade_bill` or `wechat_fund_bill`. The cursor is the last day that was fetched.

Requests are signed with the merchant's RSA key (WECHATPAY2-SHA256-RSA2048). Answers are taken on the word of TLS: their
signature, for which the platform's certificates would be needed, is not looked at.
"""

import base64
import hashlib
import io
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit
from zoneinfo import ZoneInfo

import attrs

from tieout.errors import FetchError, InputError, MissingExtra
from tieout.live._base import Fetched
from tieout.live._http import Answer, Web, code_of, is_token
from tieout.sources import Batch, Note, read

__all__ = ["WeChatPay"]

_CHINA: Final = ZoneInfo("Asia/Shanghai")
_READY_HOUR: Final = 10
_BAD_REQUEST: Final = 400
_DAY: Final = timedelta(days=1)
_NONE_THAT_DAY: Final = frozenset({"NO_STATEMENT_EXIST", "NO_BILL_EXIST"})
_NOT_YET: Final = frozenset({"STATEMENT_CREATING", "BILL_CREATING"})
_BILLS: Final[Mapping[str, tuple[str, Mapping[str, str], str]]] = {
    "trade": ("/v3/bill/tradebill", {"bill_type": "ALL"}, "wechat_trade_bill"),
    "fund": ("/v3/bill/fundflowbill", {}, "wechat_fund_bill"),
}
_ACCOUNTS: Final = ("BASIC", "OPERATION", "FEES")
_NO_ACCOUNT: Final = ""


def _now() -> datetime:
    return datetime.now(UTC)


def _known_bill(_: "WeChatPay", __: "attrs.Attribute[str]", bill: str) -> None:
    if bill not in _BILLS:
        raise InputError(f"bill={bill!r} is unknown; known: {', '.join(_BILLS)}", where="WeChatPay")


def _known_accounts(_: "WeChatPay", __: "attrs.Attribute[tuple[str, ...]]", accounts: tuple[str, ...]) -> None:
    unknown = [account for account in accounts if account not in _ACCOUNTS]
    if unknown or not accounts or len(set(accounts)) < len(accounts):
        known = ", ".join(_ACCOUNTS)
        raise InputError(f"accounts={accounts!r} makes no sense; one or more of {known}, each once", where="WeChatPay")


def _in_header(_: "WeChatPay", field: "attrs.Attribute[str]", text: str) -> None:
    if not is_token(text) or '"' in text:
        hint = "look for blanks and line ends around it"
        raise InputError(f"{field.name} is empty, or holds what no number holds", where="WeChatPay", hint=hint)


def _a_day(_: "WeChatPay", __: "attrs.Attribute[date]", start: object) -> None:
    if not isinstance(start, date) or isinstance(start, datetime):
        raise InputError(f"start={start!r} is no day", where="WeChatPay", hint="give a datetime.date")


def _as_accounts(accounts: Iterable[str]) -> tuple[str, ...]:
    return (accounts,) if isinstance(accounts, str) else tuple(accounts)


@attrs.frozen(kw_only=True)
class WeChatPay:
    """The bills of one merchant.

    Attributes:
        merchant_id: 商户号.
        serial_no: Serial number of the merchant's certificate.
        private_key: Its private key, PEM; never shown.
        start: The first day to fetch when there is no cursor.
        bill: `trade` for 交易账单, `fund` for 资金账单.
        accounts: Whose fund bills are asked for: `BASIC` 基本账户, `OPERATION` 运营账户, `FEES` 手续费账户.
        address: Where the platform is.
        web: How it is asked.
        now: What time it is, with its zone.
    """

    merchant_id: str = attrs.field(validator=_in_header)
    serial_no: str = attrs.field(validator=_in_header)
    private_key: bytes = attrs.field(repr=False)
    start: date = attrs.field(validator=_a_day)
    bill: str = attrs.field(default="trade", validator=_known_bill)
    accounts: tuple[str, ...] = attrs.field(default=("BASIC",), converter=_as_accounts, validator=_known_accounts)
    address: str = "https://api.mch.weixin.qq.com"
    web: Web = attrs.field(factory=lambda: Web(where="WeChat Pay"), repr=False)
    now: Callable[[], datetime] = attrs.field(default=_now, repr=False)

    def fetch(self, since: str | None = None) -> Fetched:
        """The bills of the days after the cursor, as far as they are ready.

        Args:
            since: The last day that was fetched, `YYYY-MM-DD`; None to begin with `start`.

        Raises:
            FetchError: WeChat Pay refuses or keeps failing, or a bill is not the one that was announced.
            InputError: The cursor is no day, or a bill cannot be read.
            MissingExtra: httpx or cryptography is not installed.
        """
        day = self.start if since is None else _day(since) + _DAY
        batches: list[Batch] = []
        notes: list[Note] = []
        cursor = since
        while day <= self._last_ready():
            found = self._of_day(day, notes)
            if found is None:
                break
            batches += found
            cursor = day.isoformat()
            day += _DAY
        left_out = [account for account in _ACCOUNTS if account not in self.accounts]
        if self.bill == "fund" and left_out:
            listed = " and ".join(left_out)
            notes.append(
                Note("account.not_asked", f"the fund bills of {listed} were not asked for: give accounts=[...]")
            )
        return Fetched(batches=batches, cursor=cursor, notes=notes)

    def _of_day(self, day: date, notes: list[Note]) -> list[Batch] | None:
        """The bills of a day; None when one of them is still being made."""
        found = []
        for account in self.accounts if self.bill == "fund" else (_NO_ACCOUNT,):
            of = f"{account} of {day}".strip()
            said = self._announced(day, account)
            code = code_of(said)
            if code in _NOT_YET:
                past = f"; if nothing moved that day, go on with fetch({day.isoformat()!r})"
                told = f"the bill {of} is being made; later days wait for it{past if day < self._last_ready() else ''}"
                notes.append(Note("bill.not_ready", told))
                return None
            if code in _NONE_THAT_DAY:
                notes.append(Note("bill.none", f"there is no bill {of}: nothing moved, or it is too long ago"))
            else:
                found.append(self._bill(day, account, said))
        return found

    def _last_ready(self) -> date:
        now = self.now().astimezone(_CHINA)
        return now.date() - (_DAY if now.hour >= _READY_HOUR else 2 * _DAY)

    def _announced(self, day: date, account: str) -> Answer:
        path, params, _ = _BILLS[self.bill]
        asked = {"bill_date": day.isoformat(), **params, **({"account_type": account} if account else {})}
        return attrs.evolve(self.web, where=self._where(day, account)).get(
            self.address + path,
            headers=lambda: self._signed(f"{path}?{urlencode(asked)}"),
            params=asked,
            accepts=lambda answer: code_of(answer) in _NONE_THAT_DAY | _NOT_YET,
        )

    def _bill(self, day: date, account: str, said: Answer) -> Batch:
        """The bill that was announced, held against its hash; a broken download is announced and tried once more."""
        data = self._download(day, account, said)
        if data is None:
            data = self._download(day, account, self._announced(day, account))
        if data is None:
            raise FetchError(
                "gave a bill whose SHA1 is not the one announced, or none at its address, twice",
                where=self._where(day, account),
                hint="fetch it again later",
            )
        file = io.BytesIO(data)
        file.name = "_".join(filter(None, (self.merchant_id, self.bill, account, f"{day}.csv")))
        return read(file, format=_BILLS[self.bill][2])

    def _download(self, day: date, account: str, said: Answer) -> bytes | None:
        """The bill; None when it is another than was announced, or when its address is no longer good."""
        where = self._where(day, account)
        announced = said.json if isinstance(said.json, dict) else {}
        url, kind, hashed = (announced.get(name) for name in ("download_url", "hash_type", "hash_value"))
        if not isinstance(url, str) or kind != "SHA1" or not isinstance(hashed, str):
            raise FetchError("announced no bill with a SHA1", where=where, status=said.status)
        parts = _parts_of(url)
        if parts is None or parts.scheme != urlsplit(self.address).scheme:
            raise FetchError("announced a bill at an address of another kind than its own", where=where)
        found = attrs.evolve(self.web, where=where).get(
            parts.geturl(),
            headers=lambda: self._signed(f"{parts.path}?{parts.query}" if parts.query else parts.path),
            accepts=lambda answer: answer.status == _BAD_REQUEST,
        )
        is_whole = hashlib.sha1(found.body, usedforsecurity=False).hexdigest() == hashed.strip().lower()
        return found.body if found.is_fine and is_whole else None

    def _where(self, day: date, account: str) -> str:
        return f"{self.web.where}, {self.bill} bill {account} of {day}".replace("  ", " ")

    def _signed(self, target: str) -> dict[str, str]:
        """Headers with the signature of a GET request."""
        moment, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = _signature(self.private_key, f"GET\n{target}\n{moment}\n{nonce}\n\n")
        told = {
            "mchid": self.merchant_id,
            "nonce_str": nonce,
            "timestamp": moment,
            "serial_no": self.serial_no,
            "signature": signature,
        }
        listed = ",".join(f'{name}="{value}"' for name, value in told.items())
        return {"Authorization": f"WECHATPAY2-SHA256-RSA2048 {listed}", "Accept": "application/json"}


def _parts_of(url: str) -> SplitResult | None:
    try:
        return urlsplit(url.strip())
    except ValueError:
        return None


def _signature(private_key: bytes, message: str) -> str:
    try:
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - optional
        from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415
    except ImportError as cause:
        raise MissingExtra("cryptography", extra="live", purpose="signing a request") from cause
    try:
        key = serialization.load_pem_private_key(private_key, password=None)
    except (ValueError, TypeError) as cause:
        raise InputError("the private key is no PEM key without a password", where="WeChatPay") from cause
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InputError("an RSA private key is needed", where="WeChatPay")
    return base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def _day(cursor: str) -> date:
    try:
        return date.fromisoformat(cursor)
    except ValueError as cause:
        raise InputError(f"the cursor of WeChat Pay is a day, YYYY-MM-DD, got {cursor!r}") from cause
