"""The part of a Chinese address that is no personal data: province, city and district."""

__all__ = ["REGION", "RESIDENTIAL"]

_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 "
    "陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)
_RANKS = "省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区"
_STOPS = "区县旗市路街道号巷弄楼栋幢室村镇乡"


def _letters() -> str:
    """A class of Chinese characters that names of cities and districts are made of: all but those that end a part."""
    stops = sorted({ord(stop) for stop in _STOPS})
    starts = [0x4E00, *(stop + 1 for stop in stops)]
    ends = [*(stop - 1 for stop in stops), 0x9FFF]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True) if start <= end)


_LETTER = f"[{_letters()}]"
_PROVINCE = f"(?:{'|'.join(_PROVINCES.split())})(?:{_RANKS})?"
_CITY = f"{_LETTER}{{1,9}}?(?:自治州|地区|盟|市)"
_DISTRICT = f"{_LETTER}{{1,9}}?(?:自治县|自治旗|县|区|旗|市)"

REGION = f"^(((?:[ -]*{_PROVINCE})?(?:[ -]*{_CITY})?)(?:[ -]*({_DISTRICT}))?)"
"""Groups: all of it, without the district, the district alone. In the notation that Python and Polars share."""

RESIDENTIAL = "(?:小|社|家属|生活|住宅|宿舍|校|厂|院|花园)区$"
"""Ends of names that look like a district and are where somebody lives or works."""
