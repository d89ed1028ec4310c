"""Chinese carriers of smaller volume.

Known no better than the large ones: see `carriers_china`.
"""

from tieout.keys.carrier_table import TAOBAO_RULES, Carrier, own_form, shared_form

__all__ = ["MORE_CHINESE_CARRIERS"]

MORE_CHINESE_CARRIERS = (
    Carrier(
        code="zjs",
        name="ZJS Express",
        name_zh="宅急送",
        aliases=("ZJS", "zhaijisong"),
        patterns=(own_form("ZJS 12", "ZJS[0-9]{12}", 15, source=TAOBAO_RULES),),
    ),
    Carrier(
        code="ttk",
        name="TTK Express",
        name_zh="天天快递",
        aliases=("天天", "海航天天", "TTKDEX", "HHTT", "tiantian"),
        patterns=(own_form("TT 13", "TT(?:66|88|99|5[67])[0-9]{11}", 15, source=TAOBAO_RULES),),
    ),
    Carrier(
        code="uc",
        name="UC Express",
        name_zh="优速快递",
        aliases=("优速", "UC", "yousu", "youshuwuliu"),
        patterns=(shared_form("UC VIP or V", "VIP[0-9]{9}|V[0-9]{11}", 12),),
    ),
    Carrier(
        code="suer",
        name="Sure Express",
        name_zh="速尔快递",
        aliases=("速尔", "速尔快运", "SURE", "SUER"),
        patterns=(own_form("SUR 12", "SUR[0-9]{12}", 15, source=TAOBAO_RULES),),
    ),
    Carrier(
        code="kye",
        name="KYE Express",
        name_zh="跨越速运",
        aliases=("跨越", "KYE", "KYSY", "kuayue"),
        patterns=(own_form("KY 13", "KY[0-9]{13}", 15, source="general knowledge"),),
    ),
    Carrier(
        code="ane",
        name="ANE Logistics",
        name_zh="安能物流",
        aliases=("安能", "安能快递", "安能快运", "ANE", "annengwuliu"),
    ),
    Carrier(code="yimidida", name="Yimidida", name_zh="壹米滴答", aliases=("壹米滴答快运", "yimidida")),
    Carrier(code="rrs", name="RRS Logistics", name_zh="日日顺物流", aliases=("日日顺", "RRS", "rrs")),
    Carrier(code="fengwang", name="Fengwang Express", name_zh="丰网速运", aliases=("丰网",)),
    Carrier(code="jiuye", name="Joyeship", name_zh="九曳供应链", aliases=("九曳",)),
    Carrier(
        code="yunexpress",
        name="YunExpress",
        name_zh="云途物流",
        aliases=("云途", "YunExpress", "YUNTU"),
        patterns=(
            own_form("YT 16", "YT[0-9]{16}", 18, source="jkeen/tracking_number_data, specimens YT2229521272164446"),
        ),
    ),
    Carrier(
        code="4px",
        name="4PX Express",
        name_zh="递四方",
        aliases=("4PX", "递四方速递", "disifang"),
        patterns=(own_form("4PX", "4PX[0-9]{13}CN", 18, source="general knowledge"),),
    ),
)
"""Names first: most have no form of number that anybody vouches for."""
