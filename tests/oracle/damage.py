"""Harmed keys and ids in texts, from their definitions, one pair at a time.

Only the scalar `keys.normalize_key` is shared with the matcher. Whole numbers of Python and its own floats do the arithmetic; no
form of a key is built or joined.
"""

import re
from decimal import Decimal
from itertools import pairwise

from tieout.keys import normalize_key

HARMS = ("zeros", "suffix", "prefix", "lookalikes", "float", "rounding", "scientific")
LOOKALIKES = ({"O", "0"}, {"I", "1"}, {"S", "5"}, {"B", "8"})
WORDS = {
    0: "same key",
    1: "scientific, all digits",
    2: "leading zeros",
    3: "parcel suffix",
    4: "prefix",
    5: "look-alike characters",
    15: "cut to 15 digits",
    35: "rounded to 15 digits",
    36: "rounded to 16 digits",
    37: "rounded to 17 digits",
    40: "printed from a float",
    50: "same key, digits lost on both sides",
    51: "same key, digits lost on both sides",
}


def form(text):
    """The normal form of a key, also of one that lost digits; None for no key and for one that was not decoded."""
    key = normalize_key(text)
    return None if key is None or "\N{REPLACEMENT CHARACTER}" in key else key


def words(steps):
    if steps in WORDS:
        return WORDS[steps]
    return f"scientific, {100 - steps} digit{'' if steps == 99 else 's'}"


def is_certain(steps):
    return steps in (0, 1)


def can_confirm(steps):
    return steps <= 85 and steps != 51  # 85: scientific text of 15 digits


def harm(one, other, harms=HARMS):
    """Least steps between two keys in normal form; None when no single harm explains them."""
    if one == other:
        return alike(one)
    found = [steps for name in harms for a, b in ((one, other), (other, one)) for steps in CAUSES[name](a, b)]
    return min(found, default=None)


def alike(key):
    """Steps between two keys that are both this text."""
    shown = exponent(key)
    if shown:
        left, length = len(shown[0]), shown[1]
        return 0 if left == length <= 15 else 50 if min(left, length) >= 15 else 51
    return 50 if re.fullmatch("[1-9][0-9]*", key) and kept_digits(key) is not None else 0


def zeros(harmed, whole):
    both = re.fullmatch("[0-9]+", harmed) and re.fullmatch("[0-9]+", whole)
    if both and int(harmed) == int(whole) >= 100_000:
        yield 2


def suffix(harmed, whole):
    last = harmed[len(whole) :] if harmed.startswith(whole) and len(whole) >= 8 else ""
    if re.fullmatch("[-_][0-9]{1,2}|[-_][0-9]{1,2}[-_][0-9]{1,3}", last):
        yield 3


def prefix(harmed, whole):
    size = len(harmed) - len(whole)
    if harmed.endswith(whole) and 1 <= size <= 8 and len(whole) >= 8:
        around = harmed[size - 1] + harmed[size]
        if not re.fullmatch("[0-9]{2}", around):
            yield 4


def lookalikes(harmed, whole):
    if len(harmed) == len(whole) >= 6 and all(
        a == b or any({a, b} == pair for pair in LOOKALIKES) for a, b in zip(harmed, whole, strict=True)
    ):
        yield 5


def is_number(key, least=1):
    return bool(re.fullmatch("[1-9][0-9]*", key)) and least <= len(key) <= 38


def same_float(harmed, whole):
    if is_number(harmed, 18) and is_number(whole, 18) and len(harmed) == len(whole):
        value = float(harmed)
        prints = (int(value), int(Decimal(repr(value))))
        if value == float(whole) and int(harmed) in prints:
            yield 40


def kept_digits(key):
    """How many digits are left of a number that looks rounded; None when it does not."""
    zeros_at_end = len(key) - len(key.rstrip("0"))
    if zeros_at_end >= 1 and len(key) - zeros_at_end <= 15 < len(key):
        return 15
    if zeros_at_end >= 2 and len(key) - zeros_at_end in (16, 17):
        return len(key) - zeros_at_end
    return None


def rounding(harmed, whole):
    if not (is_number(harmed) and is_number(whole)) or kept_digits(harmed) is None:
        return
    kept = kept_digits(harmed)
    if kept == 15 and len(harmed) == len(whole) and harmed[:15] == whole[:15]:
        yield 15
    elif half_up(whole, kept) == int(harmed):
        yield 20 + kept


def half_up(number, kept):
    """A number rounded half up to so many digits."""
    unit = 10 ** (len(number) - kept) if len(number) > kept else 1
    return (int(number) + unit // 2) // unit * unit


def exponent(key):
    """Digits of scientific text, and how many digits the number had; None for other texts."""
    parts = re.fullmatch(r"([1-9])(?:[.,]([0-9]+))?E(\+?)([0-9]{1,3})", key)
    if not parts or not (parts[2] or parts[3]):
        return None
    length = int(parts[4]) + 1
    return parts[1] + (parts[2] or ""), length


def scientific(harmed, whole):
    shown = exponent(harmed)
    if not shown or not is_number(whole) or not 8 <= shown[1] <= 38 or len(shown[0]) > shown[1]:
        return
    digits, length = shown
    kept = len(digits)
    value = int(digits) * 10 ** (length - kept)
    is_cut = len(whole) == length and whole.startswith(digits)
    is_rounded = kept < length and kept < len(whole) and half_up(whole, kept) == value
    is_float = 16 <= kept < length == len(whole) and len(whole) >= 18
    if is_cut or is_rounded or (is_float and float(harmed.replace(",", ".")) == float(whole)):
        yield 1 if kept == length <= 15 else 100 - kept


CAUSES = {
    "zeros": zeros,
    "suffix": suffix,
    "prefix": prefix,
    "lookalikes": lookalikes,
    "float": same_float,
    "rounding": rounding,
    "scientific": scientific,
}

# --- dirt ---

SIGNS = {
    "quotes": "'\"＇＂‘’‚‛′“”„‟″",
    "backtick": "`｀",
    "equals sign": "=＝",
    "at sign": "@＠",
    "tab": "\t",
    "spaces": "\n\v\f\r \x85\xa0\u1680\u2000\u2002\u2003\u2009\u2028\u2029\u202f\u205f\u3000",
    "invisible characters": "\x00\x7f\xad\u200b\u200d\u2060\ufe0f\ufeff",
    "full-width": "".join(map(chr, range(0xFF01, 0xFF5F))),
    "hyphens": "-－‐‑‒–—―−﹘﹣",
    "case": "".join(chr(at) for start in (0x61, 0xFF41) for at in range(start, start + 26)),
}


def dirt_of(text, key):
    found = {name for name, characters in SIGNS.items() if set(text) & set(characters)}
    if sum(character in SIGNS["hyphens"] for character in text) <= key.count("-"):
        found.discard("hyphens")
    if re.search("[.．][0０]+[^0-9０-９]*$", text) and not re.search(r"\.0+$", key):
        found.add(".0")
    return found


def dirt(one, other):
    """What the evidence adds on the dirt of two raw texts."""
    if one == other:
        return ""
    there = [dirt_of(text, form(text)) for text in (one, other)]
    named = (there[0] ^ there[1]) or (there[0] | there[1])
    return f" ({', '.join(name for name in [*SIGNS, '.0'] if name in named)})" if named else ""


# --- ids in texts ---

WORDS_IN_TEXT = {
    1: "in the text",
    2: "in the text, in pieces",
    3: "in the text, beside letters",
    4: "in the text, a short id",
}


def folded(text):
    """A text as it is read: half-width, upper case, one kind of space, nothing invisible."""
    return "".join(map(folded_character, text))


def folded_character(character):
    if character in SIGNS["full-width"]:
        return folded_character(chr(ord(character) - 0xFEE0))
    if character in SIGNS["tab"] + SIGNS["spaces"]:
        return " "
    if character in SIGNS["hyphens"]:
        return "-"
    if character in SIGNS["invisible characters"]:
        return ""
    return character.upper() if character in SIGNS["case"] else character


def contained(key, text, min_length=6):
    """Least steps of an id, in normal form, in a folded text; None when it does not stand there."""
    if not re.fullmatch(r"[0-9A-Z_]+(-[0-9]{1,2}(-[0-9]{1,3})?)?", key) or not re.search("[0-9]", key):
        return None
    length = len(key.replace("-", ""))
    if length < min_length:
        return None
    kind = "0123456789" if re.fullmatch("[0-9-]+", key) else WORD
    runs = list(re.finditer(f"[{kind}]+", text))
    found = []
    for first, start in enumerate(runs):
        for last in range(first, min(first + 8, len(runs))):
            gaps = [text[one.end() : other.start()] for one, other in pairwise(runs[first : last + 1])]
            if not all(re.fullmatch("[ -]{1,3}", gap) for gap in gaps):
                break
            place = text[start.start() : runs[last].end()]
            if normalize_key(place) == key:
                before, after = text[: start.start()], text[runs[last].end() :]
                found.append(how_it_stands(before, after, " " in place))
    if not found:
        return None
    return 4 if length < 10 else min(found)


WORD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"


def how_it_stands(before, after, is_in_pieces):
    if (before and before[-1] in WORD) or (after and after[0] in WORD):
        return 3
    if re.search(f"[{WORD}]-$", before) or re.search(f"^-[{WORD}]", after) or is_in_pieces:
        return 2
    return 1
