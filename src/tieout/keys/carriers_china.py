"""Chinese carriers.

Few of these forms are published by the carriers. They are what two public programs assume (one derived from the rules
that Taobao's `logistics.companies.get` gives out, one with a specimen number for each carrier), what `domain.md` 2.1
says, and the numbers in the sample files; so all are marked general knowledge. Bare digits are never distinctive. No
check digit of theirs is published: the rule by which the last digit of 12-digit SF numbers is commonly guessed is not
used, for nobody vouches for it.
"""

from tieout.keys.carrier_table import SPECIMENS, TAOBAO_RULES, Carrier, own_form, s10, shared_form

__all__ = ["CHINESE_CARRIERS"]

CHINESE_CARRIERS = (
    Carrier(
        code="sf",
        name="SF Express",
        name_zh="顺丰速运",
        aliases=("顺丰", "SF", "shunfeng", "顺丰标快", "顺丰特快", "顺丰国际", "順豐"),
        patterns=(own_form("SF 13", "SF[0-9A-Z][0-9]{12}", 15), shared_form("SF 12 digits", "[0-9]{12}", 12)),
    ),
    Carrier(code="sf_freight", name="SF Freight", name_zh="顺丰快运", aliases=("顺丰重货",)),
    Carrier(
        code="yto",
        name="YTO Express",
        name_zh="圆通速递",
        aliases=("圆通", "YTO", "yuantong", "圓通"),
        patterns=(
            own_form("YT 13", "YT[0-9]{13}", 15),
            shared_form("YTO letter and 9", "[DEFGVW][0-9]{9}", 10),
            shared_form("YTO 18 digits", "[6-9][0-9]{17}", 18),
        ),
    ),
    Carrier(
        code="zto",
        name="ZTO Express",
        name_zh="中通快递",
        aliases=("中通", "ZTO", "zhongtong"),
        patterns=(
            shared_form("ZTO 14 digits", "7[3-8][0-9]{12}", 14, source=SPECIMENS),
            shared_form("ZTO 12 digits", "[2-6][0-9]{11}|(?:72|78|88|9[0-8])[0-9]{10}", 12),
        ),
    ),
    Carrier(code="zto_freight", name="ZTO Freight", name_zh="中通快运"),
    Carrier(
        code="sto",
        name="STO Express",
        name_zh="申通快递",
        aliases=("申通", "STO", "shentong", "申通E物流"),
        patterns=(
            own_form("STO 10", "STO[0-9]{10}", 13, source=TAOBAO_RULES),
            shared_form("STO 15 digits", "77[0-9]{13}", 15, source=SPECIMENS),
            shared_form("STO 12 or 13 digits", "(?:[2-9]68|[58]88|773)[0-9]{9,10}", 12, 13),
        ),
    ),
    Carrier(
        code="yunda",
        name="Yunda Express",
        name_zh="韵达快递",
        aliases=("韵达", "韵达快运", "YUNDA", "YD", "韻達"),
        patterns=(
            shared_form("Yunda 15 digits", "[34][0-9]{14}", 15, source=SPECIMENS),
            shared_form("Yunda 13 digits", "[0-9]{13}", 13),
        ),
    ),
    Carrier(
        code="jt",
        name="J&T Express",
        name_zh="极兔速递",
        aliases=("极兔", "JT", "J&T", "jtexpress", "JTSD", "極兔"),
        patterns=(own_form("JT 13", "JT[0-9]{12,13}", 14, 15),),
    ),
    Carrier(
        code="jd",
        name="JD Logistics",
        name_zh="京东物流",
        aliases=("京东", "京东快递", "京邦达", "JD", "JDL", "JDWL", "jingdong", "京東"),
        patterns=(
            own_form("JDX 12", "JD[XK][0-9]{12}", 15),
            own_form("JDV 11", "JDV[A-Z][0-9]{11}", 15),
            own_form("JD 13", "JD[0-9A-Z]{2}[0-9]{11}", 15),
        ),
    ),
    Carrier(
        code="best",
        name="BEST Express",
        name_zh="百世快递",
        aliases=("百世", "百世汇通", "汇通", "HTKY", "huitong", "huitongkuaidi", "800best"),
        patterns=(
            shared_form("BEST letter and 12", "[ABDE][0-9]{12}", 13),
            shared_form("BEST 14 digits", "[5-7][0-9]{13}", 14),
            shared_form("BEST 12 digits", "(?:2[1-9]|3[0-9]|6[13])[0-9]{10}", 12),
        ),
    ),
    Carrier(
        code="deppon",
        name="Deppon Express",
        name_zh="德邦快递",
        aliases=("德邦", "德邦物流", "DBL", "DBKD", "debang", "debangwuliu", "deppon"),
        patterns=(own_form("DPK 12", "DPK[0-9]{12}", 15),),
    ),
    Carrier(
        code="ems",
        name="EMS (China Post)",
        name_zh="邮政EMS",
        aliases=(
            "EMS",
            "EMS经济快递",
            "EMS特快专递",
            "中国邮政EMS",
            "中国邮政速递物流",
            "邮政特快专递",
            "EYB",
            "E邮宝",
        ),
        patterns=(
            s10("CN", service="E[A-Z]"),
            shared_form("EMS 13 digits", "(?:1[0-2]|5[0-2]|9[578])[0-9]{11}", 13),
        ),
    ),
    Carrier(
        code="china_post",
        name="China Post",
        name_zh="中国邮政",
        aliases=(
            "邮政",
            "邮政快递包裹",
            "邮政快递",
            "邮政小包",
            "邮政平邮",
            "邮政标准快递",
            "快递包裹",
            "POSTB",
            "YZPY",
            "YZXB",
            "youzhengguonei",
        ),
        patterns=(
            s10("CN", service="[A-DF-Z][A-Z]"),
            shared_form("China Post 13 digits", "(?:1[0-2]|4[0-9]|9[689])[0-9]{11}", 13),
            shared_form("China Post P and 11", "(?:[GKP][A-Z])[0-9]{11}", 13, source=SPECIMENS),
        ),
    ),
    Carrier(
        code="cainiao",
        name="Cainiao",
        name_zh="菜鸟速递",
        aliases=("菜鸟", "菜鸟裹裹", "菜鸟直送", "丹鸟", "丹鸟物流", "CAINIAO"),
        patterns=(
            shared_form("Cainiao 621 and 12", "621[0-9]{12}", 15, source=SPECIMENS),
            shared_form("Cainiao LP", "LP[0-9]{14,18}", *range(16, 21), source="general knowledge"),
        ),
    ),
)
"""The large ones; a new carrier needs no edit but its declaration."""
