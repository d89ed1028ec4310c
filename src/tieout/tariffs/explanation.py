"""Explanations as values: named steps with their formulas, in English or Chinese."""

import re
from typing import Final

from attrs import frozen

__all__ = ["Explanation", "Step"]

_NAMES: Final = {
    "version": "版本",
    "zone": "分区",
    "actual weight": "实重",
    "volumetric weight": "体积重",
    "chargeable weight": "取重",
    "billing weight": "计费重量",
    "base": "运费",
    "label": "面单费",
    "discount": "折扣",
    "fuel": "燃油附加费",
    "minimum": "最低收费补差",
    "return_to_sender": "退回费",
    "intercept": "拦截费",
    "remote_area": "偏远附加费",
    "insurance": "保价费",
    "cod_fee": "代收货款手续费",
    "residential": "住宅附加费",
    "oversize": "超长附加费",
    "overweight": "超重附加费",
    "peak": "旺季附加费",
    "total": "合计",
    "problem": "无法计价",
}
_PHRASES: Final = (
    (r"picked up (\S+)\)", r"揽收日 \1)"),
    (r"picked up (\S+),", r"揽收日 \1,"),
    (r"unknown", "未知"),
    (r"service ", "产品 "),
    (r"boxes, per_piece, volumes", "逐件体积"),
    (r"boxes, total, volumes", "合计体积"),
    (r"full of (\S+) and (\S+)", r"全抛 \1 与 \2"),
    (r"half of (\S+) and (\S+)", r"半抛 \1 与 \2"),
    (r"volume does not count, (\S+) and (\S+)", r"不计抛 \1 与 \2"),
    (r"(\S+) of ([\d.]+)", r"\1 \2"),
    (r", beyond the first weight", ",仅续重部分"),
    (r", per piece", ",逐件"),
    (r", raised to the least weight", ",不低于起重"),
    (r"first weight at ", "首重 "),
    (r"table price at ", "价表 "),
    (r"per label", "每单"),
    (r"not charged: (\w+) does not hold", r"不收: 条件 \1 不成立"),
    (r"not charged: whether (\w+) holds is not known", r"不收: 条件 \1 无记录"),
    (r"\(may be (.+): not all places are known\)", r"(地址不全, 也可能为 \1)"),
    (r" or ", " 或 "),
    (r"per weight unit", "每重量单位"),
    (r"at least ", "最低 "),
    (r"at most ", "最高 "),
    (r"own prices", "退回价表"),
    (r"free", "免费"),
    (r"half_up to ", "四舍五入到 "),
)


@frozen(kw_only=True)
class Step:
    """One step of the arithmetic.

    Attributes:
        name: What is worked out, such as "billing weight" or a charge type.
        formula: How, with its figures; empty where nothing is computed.
        value: The result, with its unit.
    """

    name: str
    formula: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}: {self.formula} = {self.value}" if self.formula else f"{self.name}: {self.value}"


@frozen(kw_only=True)
class Explanation:
    """How the expected charges of one parcel come about.

    Attributes:
        steps: The steps, in the order of the contract.
        total_minor: Sum of the charges in minor units; None when the parcel cannot be rated.
        currency: Currency of the amounts.
    """

    steps: tuple[Step, ...]
    total_minor: int | None
    currency: str

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self.steps)

    def to_chinese(self) -> str:
        """The same in Chinese."""
        return "\n".join(_chinese(step) for step in self.steps)


def _chinese(step: Step) -> str:
    name, _, rest = str(step).partition(":")
    for pattern, words in _PHRASES:
        rest = re.sub(pattern, words, rest)
    return f"{_NAMES.get(name, name)}:{rest}"
