"""Makes the inputs of this folder: vouchers as programs write them for U8, with lines of 48 cells and shorter ones."""

from pathlib import Path

FOLDER = Path(__file__).parent
END = ",,,,,,0,,0,,,,,,,,,0,0,0,0,0,,0,0,0,0"  # cells 22 to 48


def entry(head: str, summary: str, account: str, debit: str, credit: str, rest: str = ",,,,,,,,,,,,,") -> str:
    """One line: date, word, number and documents, then the entry; cells 9 to 21 are the rest."""
    return f"{head},{summary},{account},{debit},{credit},{rest.removeprefix(',')}{END}"


def write(name: str, lines: list[str]) -> None:
    """Write one input as GBK text."""
    (FOLDER / name).write_bytes("\r\n".join(["填制凭证,V800", *lines, ""]).encode("gb18030"))


SALE, PAID, STOCK = "2026-06-30,记,12,2", "2026-06-30,付,3,1", "2026-06-30,记,13,0"
write(
    "vouchers.txt",
    [
        entry(SALE, "收 6 月货款", "10020104", "1130.00", "0.00", ",,,,user,3,JS001,2026-06-29,,,,,,"),
        entry(SALE, "收 6 月货款", "60010101", "0.00", "1000.00", ",,,,user,,,,SALES,,,,,P01"),
        entry(SALE, "收 6 月货款", "22210102", "0", "130.00"),
        entry(PAID, "付货款 13800000000", "220202", "200.50", "0.00", ",,,,user,,,,,,,02001,,"),
        entry(PAID, "付货款", "10020104", "0.00", "200.50"),
        entry(STOCK, "入库", "140501", "70.00", "0", ",10,10.00,7.00,user,,,,,,C009,,,"),
        entry(STOCK, "入库冲回", "140501", "-20.00", "0", ",-2,0,0,user,,,,,,,,,"),
        entry(STOCK, "入库", "220202", "0", "50.00"),
    ],
)
write(
    "faulty.txt",
    [
        "26-06-30,记,YW-7,0,短行,1001,5.00,0",
        "26-06-30,记,YW-7,0,短行,6051,0,5.00,,,,user",
        "26-06-30,记,8,0,收1月,2月社保费,1001,9.00,0",
        "26-06-30,记,8,0,对方,1002,0,9.00",
        "26-06-30,记,9,0,两边,1001,1.00,1.00",
        "26-06-30,记,10,0,不平,1001,3.00,0",
        "26-06-30,记,10,0,不平,1002,0,2.00",
        "26-06-30,记,11,0,无金额,1001,,",
        "26-06-30,记,12,0,坏金额,1001,x,0",
    ],
)
