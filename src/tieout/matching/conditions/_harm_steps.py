"""Harm steps: the number that stands for each harm in a search, and what it says, is worth and lets a matcher do.

Less is less harm: of several that explain a pair, the least is kept.
"""

import attrs

__all__ = [
    "ALIKE",
    "ALIKE_FEW",
    "CUT",
    "DIGITS_MAX",
    "FLOAT",
    "LOOKALIKES",
    "PREFIX",
    "ROUNDED",
    "SAME",
    "SCIENTIFIC_WHOLE",
    "SUFFIX",
    "ZEROS",
    "HarmStep",
    "scientific_steps",
    "step_of",
]

SAME = 0
SCIENTIFIC_WHOLE = 1
ZEROS = 2
SUFFIX = 3
PREFIX = 4
LOOKALIKES = 5
CUT = 15
ROUNDED = 20
"""Plus the number of digits that are left: 35 to 37."""
FLOAT = 40
ALIKE = 50
ALIKE_FEW = 51
"""Fewer than 15 digits are left."""
_SCIENTIFIC = 100
"""Minus the number of digits that are left."""

DIGITS_MAX = 38
"""Longer numbers are no identifiers, and whole numbers of 128 bits do not hold them."""

EXCEL_DIGITS = 15


@attrs.frozen(kw_only=True)
class HarmStep:
    """What one number of steps means.

    Attributes:
        words: The evidence, such as `cut to 15 digits`.
        words_zh: The same in Chinese.
        trust: Score of a corroborated and unrivalled pair: a rank of evidence, no probability.
        is_certain: Whether it loses nothing, so that the pair needs no corroboration.
        can_confirm: Whether corroboration is enough; False for what is a suggestion at most.
    """

    words: str
    words_zh: str
    trust: float
    is_certain: bool = False
    can_confirm: bool = True


_NAMED = {
    SAME: HarmStep(words="same key", words_zh="关键字段相同", trust=0.99, is_certain=True),
    SCIENTIFIC_WHOLE: HarmStep(
        words="scientific, all digits", words_zh="科学计数法，各位俱全", trust=0.98, is_certain=True
    ),
    ZEROS: HarmStep(words="leading zeros", words_zh="前导零", trust=0.95),
    SUFFIX: HarmStep(words="parcel suffix", words_zh="子单后缀", trust=0.94),
    PREFIX: HarmStep(words="prefix", words_zh="前缀", trust=0.93),
    LOOKALIKES: HarmStep(words="look-alike characters", words_zh="形近字符", trust=0.92),
    FLOAT: HarmStep(words="printed from a float", words_zh="经浮点数写出", trust=0.89),
    CUT: HarmStep(words="cut to 15 digits", words_zh="截为 15 位", trust=0.9),
    ROUNDED + 15: HarmStep(words="rounded to 15 digits", words_zh="舍入到 15 位", trust=0.89),
    ROUNDED + 16: HarmStep(words="rounded to 16 digits", words_zh="舍入到 16 位", trust=0.89),
    ROUNDED + 17: HarmStep(words="rounded to 17 digits", words_zh="舍入到 17 位", trust=0.89),
    ALIKE: HarmStep(words="same key, digits lost on both sides", words_zh="关键字段相同，两边都丢了位", trust=0.88),
    ALIKE_FEW: HarmStep(
        words="same key, digits lost on both sides", words_zh="关键字段相同，两边都丢了位", trust=0.5, can_confirm=False
    ),
}


def scientific_steps(digits: int) -> int:
    """The number for scientific text that shows so many digits, of more than there are."""
    return _SCIENTIFIC - digits


def step_of(steps: int) -> HarmStep:
    """What a number of steps means."""
    if steps in _NAMED:
        return _NAMED[steps]
    digits = _SCIENTIFIC - steps
    words = f"scientific, {digits} {'digit' if digits == 1 else 'digits'}"
    words_zh = f"科学计数法，{digits} 位"
    if digits >= EXCEL_DIGITS:
        return HarmStep(words=words, words_zh=words_zh, trust=0.87)
    return HarmStep(words=words, words_zh=words_zh, trust=round(0.35 + digits / 30, 2), can_confirm=False)
