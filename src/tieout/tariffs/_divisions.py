"""Names of Chinese administrative divisions, brought to one short spelling.

Platforms write 内蒙古自治区, couriers 内蒙古, English systems Inner Mongolia; a zone table must not care. Provinces are a
closed list of 34 units; cities lose their suffix (市, 地区, 盟, 自治州 with its peoples); districts are only trimmed, since 区
and 县 of one name can differ. Names that are not Chinese pass through unchanged, but for case.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Final

import polars as pl

__all__ = ["normalise_city", "normalise_column", "normalise_district", "normalise_postcode", "normalise_province"]

_PROVINCES: Final = {
    "北京": "beijing", "天津": "tianjin", "河北": "hebei", "山西": "shanxi", "内蒙古": "inner mongolia",
    "辽宁": "liaoning", "吉林": "jilin", "黑龙江": "heilongjiang", "上海": "shanghai", "江苏": "jiangsu",
    "浙江": "zhejiang", "安徽": "anhui", "福建": "fujian", "江西": "jiangxi", "山东": "shandong",
    "河南": "henan", "湖北": "hubei", "湖南": "hunan", "广东": "guangdong", "广西": "guangxi",
    "海南": "hainan", "重庆": "chongqing", "四川": "sichuan", "贵州": "guizhou", "云南": "yunnan",
    "西藏": "tibet", "陕西": "shaanxi", "甘肃": "gansu", "青海": "qinghai", "宁夏": "ningxia",
    "新疆": "xinjiang", "台湾": "taiwan", "香港": "hong kong", "澳门": "macau",
}  # fmt: skip
_ALSO: Final = {
    "neimenggu": "内蒙古",
    "nei mongol": "内蒙古",
    "xizang": "西藏",
    "hongkong": "香港",
    "macao": "澳门",
    "臺灣": "台湾",
}
_PROVINCE_SUFFIX: Final = re.compile("(壮族自治区|回族自治区|维吾尔自治区|维吾尔族自治区|自治区|特别行政区|省|市)$")
_PROVINCE_SUFFIX_ENGLISH: Final = re.compile(
    " (province|municipality|(zhuang |hui |uygur |uyghur )?autonomous region|sar)$"
)
_PEOPLES: Final = (
    "朝鲜|土家|苗|藏|羌|彝|布依|侗|哈尼|壮|傣|白|景颇|傈僳|回|蒙古|哈萨克|柯尔克孜"  # those named in the 30 prefectures
)
_CITY_SUFFIX: Final = re.compile(f"(?<=..)((?:(?:{_PEOPLES})族?)+自治州|自治州|地区|盟|市)$")

_ZIP_PLUS_4: Final = re.compile(r"^(\d{5})-\d{4}$")


@cache
def _english() -> dict[str, str]:
    return {english: short for short, english in _PROVINCES.items()} | _ALSO


def normalise_province(name: str) -> str:
    """The short name of a province-level division.

    Example:
        >>> [normalise_province(name) for name in ("内蒙古自治区", "广西壮族自治区", "北京市", "Guangdong Province", "CA")]
        ['内蒙古', '广西', '北京', '广东', 'ca']
    """
    text = " ".join(name.split())
    short = _PROVINCE_SUFFIX.sub("", text)
    if short in _PROVINCES:
        return short
    lower = text.casefold()
    return _english().get(lower) or _english().get(_PROVINCE_SUFFIX_ENGLISH.sub("", lower)) or lower


def normalise_city(name: str) -> str:
    """A city without its suffix.

    Example:
        >>> [normalise_city(name) for name in ("苏州市", "恩施土家族苗族自治州", "大兴安岭地区", "Seattle")]
        ['苏州', '恩施', '大兴安岭', 'seattle']
    """
    return _CITY_SUFFIX.sub("", " ".join(name.split())).casefold()


def normalise_district(name: str) -> str:
    """A district, trimmed."""
    return name.strip().casefold()


def normalise_postcode(code: str) -> str:
    """A postal code in capitals, without blanks; leading zeros are kept, a ZIP+4 loses its four.

    Example:
        >>> [normalise_postcode(code) for code in (" sw1a 1aa ", "01234", "90210-1234")]
        ['SW1A1AA', '01234', '90210']
    """
    return _ZIP_PLUS_4.sub(r"\1", "".join(code.split()).upper())


def normalise_column(frame: pl.DataFrame, column: str, normalise: Callable[[str], str]) -> pl.Series:
    """A text column with every distinct value normalised once; blank becomes null."""
    values = frame[column]
    if values.null_count() == len(values):
        return values
    distinct = values.unique().drop_nulls().to_list()
    changed = {value: normalise(value) or None for value in distinct}
    return values.replace_strict(list(changed), list(changed.values()), return_dtype=pl.String)
