"""Postal operators and the UPU S10 number.

An S10 number ends in the country whose post issued it, so the country names the carrier. Countries of which we have no
name for the post are the carrier `upu`: an S10 number, and the two letters say the rest.
"""

from tieout.keys.carrier_table import Carrier, s10
from tieout.keys.patterns import Evidence, Pattern

__all__ = ["POSTAL_CARRIERS"]

_USPS = "jkeen/tracking_number_data, with specimen numbers; USPS Publication 199"

_POSTS = (
    ("AU", "australia_post", "Australia Post", "澳大利亚邮政"),
    ("BE", "bpost", "bpost", "比利时邮政"),
    ("CA", "canada_post", "Canada Post", "加拿大邮政"),
    ("CH", "swiss_post", "Swiss Post", "瑞士邮政"),
    ("DE", "deutsche_post", "Deutsche Post", "德国邮政"),
    ("ES", "correos", "Correos", "西班牙邮政"),
    ("FR", "la_poste", "La Poste", "法国邮政"),
    ("GB", "royal_mail", "Royal Mail", "英国皇家邮政"),
    ("HK", "hongkong_post", "Hongkong Post", "香港邮政"),
    ("IN", "india_post", "India Post", "印度邮政"),
    ("IT", "poste_italiane", "Poste Italiane", "意大利邮政"),
    ("JP", "japan_post", "Japan Post", "日本邮政"),
    ("KR", "korea_post", "Korea Post", "韩国邮政"),
    ("MO", "macau_post", "CTT Macau", "澳门邮政"),
    ("MY", "pos_malaysia", "Pos Malaysia", "马来西亚邮政"),
    ("NL", "postnl", "PostNL", "荷兰邮政"),
    ("RU", "russian_post", "Russian Post", "俄罗斯邮政"),
    ("SE", "postnord", "PostNord", "瑞典邮政"),
    ("SG", "singpost", "SingPost", "新加坡邮政"),
    ("TH", "thailand_post", "Thailand Post", "泰国邮政"),
    ("TW", "chunghwa_post", "Chunghwa Post", "中华邮政"),
)
_OTHER_COUNTRIES = (
    "AD|AE|AF|AG|AI|AL|AM|AO|AR|AT|AW|AZ|BA|BB|BD|BF|BG|BH|BI|BJ|BM|BN|BO|BR|BS|BT|BW|BY|BZ|CD|CF|CG|CI|CK|"
    "CL|CM|CO|CR|CU|CV|CW|CY|CZ|DJ|DK|DM|DO|DZ|EC|EE|EG|ER|ET|FI|FJ|FK|FO|GA|GD|GE|GH|GI|GL|GM|GN|GQ|GR|GT|"
    "GW|GY|HN|HR|HT|HU|ID|IE|IL|IQ|IR|IS|JM|JO|KE|KG|KH|KI|KM|KN|KP|KW|KY|KZ|LA|LB|LC|LI|LK|LR|LS|LT|LU|LV|"
    "LY|MA|MC|MD|ME|MG|MK|ML|MM|MN|MR|MS|MT|MU|MV|MW|MX|MZ|NA|NC|NE|NG|NI|NO|NP|NR|NU|NZ|OM|PA|PE|PF|PG|PH|"
    "PK|PL|PN|PS|PT|PY|QA|RO|RS|RW|SA|SB|SC|SD|SH|SI|SK|SL|SM|SN|SO|SR|SS|ST|SV|SX|SY|SZ|TC|TD|TG|TJ|TL|TM|"
    "TN|TO|TR|TT|TV|TZ|UA|UG|UY|UZ|VA|VC|VE|VG|VN|VU|WF|WS|YE|YT|ZA|ZM|ZW"
)


def _usps(name: str, form: str, length: int, *, check: str) -> Pattern:
    return Pattern(name=name, form=form, lengths=(length,), check=check, evidence=Evidence.VERIFIED, source=_USPS)


POSTAL_CARRIERS = (
    Carrier(
        code="usps",
        name="USPS",
        name_zh="美国邮政",
        aliases=("United States Postal Service", "US Postal Service"),
        patterns=(
            s10("US"),
            _usps("USPS 20", "[0-9]{20}", 20, check="usps_20"),
            _usps("USPS 20 without 91", "[0-9]{20}", 20, check="usps_20_of_91"),
            _usps("USPS IMpb 22", "9[1-5][0-9]{20}", 22, check="usps_22"),
            _usps("USPS IMpb 26", "9[1-5][0-9]{24}", 26, check="usps_26"),
            _usps("USPS IMpb 30", "420[0-9]{5}9[1-5][0-9]{20}", 30, check="usps_30"),
            _usps("USPS IMpb 34", "420[0-9]{9}9[1-5][0-9]{20}", 34, check="usps_34"),
        ),
    ),
    *(
        Carrier(code=code, name=name, name_zh=name_zh, patterns=(s10(country),))
        for country, code, name, name_zh in _POSTS
    ),
    Carrier(code="upu", name="Another post", patterns=(s10(_OTHER_COUNTRIES),)),
)
"""USPS, the posts that China trades with most, and all others as one; China Post and EMS are in `carriers_china`."""
