"""Sentences: what the stages of a close say to people, in English and Chinese."""

from collections.abc import Iterable, Mapping
from typing import Final

from tieout.proof import Check
from tieout.reports import Note
from tieout.reports.terms import check_sentence_zh

__all__ = ["SENTENCES", "SOURCE_NOTES", "joined", "listed", "note", "of_check", "of_source"]

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "file_refused": ("{file} is not read: {error}", "{file} 未读取：{error}"),
    "file_repeated": ("{file} is the same file as {other}", "{file} 与 {other} 是同一个文件"),
    "no_files": ("there is no file in {folders}", "{folders} 中没有文件"),
    "no_file_fits": (
        "no file fits the [[read]] of {file!r}: was it downloaded?",
        "没有与 [[read]] 的 {file!r} 相符的文件：是否漏下载？",
    ),
    "few_of_period": (
        "of {count:,} records with a day {within:,} are of {period}, and {most:,} of {month}: are these the files of the period?",
        "有日期的 {count:,} 条记录中仅 {within:,} 条属于 {period}，{most:,} 条属于 {month}：文件与期间是否一致？",
    ),
    "unseen": (
        (
            "{what}: {count:,} records of {first} to {last} were in no file when that period was closed ({names}{more}): "
            "what is of those days is not compared or posted here, but for what belongs to a record that was carried; "
            "close that period again with them, then this one"
        ),
        (
            "{what}：{first} 至 {last} 的 {count:,} 条记录在该期间结账时不在任何文件中（{names}{more}）："
            "属于这些日期的内容，除与结转记录相关的以外，本期既不核对也不入账；请带上这些记录重新结账该期间，再结本期"
        ),
    ),
    "left_out": ("{name} is left out: {why}", "{name} 未纳入：{why}"),
    "left_to_another": (
        "{file}: {count:,} {kind} are left to another file",
        "{file}：{count:,} 条{kind}以另一文件为准",
    ),
    "none_to_leave": ("{file} gives no {kind} that could be left", "{file} 中没有可略去的{kind}"),
    "of_file": ("{file}: {said}", "{file}：{said}"),
    "rejects": (
        "{file}: {count:,} lines could not be read, first {first}",
        "{file}：{count:,} 行无法读取，第一处：{first}",
    ),
    "of_role": ("{said} ({role})", "{said}（角色 {role}）"),
    "gap": (
        "{format}: no record {days}, between {after} and {before}",
        "{format}：{after} 与 {before} 之间{days}没有记录",
    ),
    "gap_on": ("on {first}", "在 {first} "),
    "gap_from": ("from {first} to {last}", "自 {first} 至 {last} "),
    "break": ("{said}", "余额不连续，中间可能缺行：{said}"),
    "conflict": ("{said}", "记录相互矛盾：{said}"),
    "more_conflicts": (
        "and {count:,} more records that contradict each other",
        "另有 {count:,} 条记录相互矛盾",
    ),
    "lines_of_no_order": (
        "{count:,} lines of orders belong to no order that was read",
        "{count:,} 条订单明细找不到所属订单",
    ),
    "not_kept": (
        "{name} is not kept in the casebook: nothing names its records",
        "{name} 未存入案卷：其记录没有可识别的编号",
    ),
    "switched_off": ("it is switched off", "已停用"),
    "takes_nothing": ("it does not say what it takes", "未说明需要哪些数据"),
    "there_is_no": ("there is no {what}", "缺少{what}"),
    "and_no": (" and no ", "和"),
    "of_the_role": ("{record} of the role {role}", "{record}（角色 {role}）"),
    "must_be_told": (
        "{what} must be told in [{place}], by {field}",
        "须在 [{place}] 中按 {field} 填写 {what}",
    ),
    "run_of": ("{name} of {value}", "{name}（{value}）"),
    "nothing_told": (
        "{name}: {count:,} {side} are of {field} {value!r}, of which nothing is told: [{place}]",
        "{name}：{count:,} 条{side}属于 {field} {value!r}，配置中没有它的内容：[{place}]",
    ),
    "says_nothing": (
        (
            "{name}: {count:,} {side} do not say their {field}, of which nothing is told: give it under [constants] of their "
            "mapping, or as options = {{ constants = {{ {field} = … }} }} of their [[read]]"
        ),
        (
            "{name}：{count:,} 条{side}没有 {field}，配置中也没有：请写在其映射的 [constants] 中，或写为其 [[read]] 的 "
            "options = {{ constants = {{ {field} = … }} }}"
        ),
    ),
    "says_otherwise": (
        "the locked {locked} says otherwise today: {what}{sums}",
        "已锁定的 {locked} 按今日数据会有不同：{what}{sums}",
    ),
    "open_case": ("{count:,} open case of {period}", "{period} 的 {count:,} 个未结案件"),
    "open_cases": ("{count:,} open cases of {period}", "{period} 的 {count:,} 个未结案件"),
    "carried_on": (
        "{name} is not run, and {count:,} open items are carried to it from before: they wait, and are carried on",
        "{name} 本期未执行，上期结转的 {count:,} 笔未结事项继续结转，待其执行时处理",
    ),
    "asked_before": (
        "{count:,} claims that were asked for before are still open: they are in {apart}, and not in {file}",
        "{count:,} 笔此前已提出的索赔仍未了结：列于 {apart}，不再列入 {file}",
    ),
    "asked_otherwise": (
        "{count:,} claims of {file} were asked for before with another amount",
        "{file} 中有 {count:,} 笔索赔此前曾以另一金额提出",
    ),
    "answered_before": (
        "{count:,} claims were answered and are not settled: the casebook tells of them, they are in neither {file} nor {apart}",
        "{count:,} 笔索赔对方已答复而案件未结：进展见案卷，不列入 {file} 或 {apart}",
    ),
    "proof_fails": ("the proof fails in {name}: {check}", "{name} 的勾稽不成立：{check}"),
    "no_casebook": (
        "without a casebook nothing is kept of what people decide",
        "未启用案卷，人工处理决定不会保留",
    ),
    "no_evidence": ("without a casebook no evidence is packed", "未启用案卷，不打包证据"),
    "not_locked": (
        "{month} is not locked, so that no evidence is packed yet: {left}",
        "{month} 尚未锁定，暂不打包证据：{left}",
    ),
    "to_be_done": ("{count} things have to be done first", "锁定前还有 {count} 项待办"),
    "nothing_missing": ("nothing is missing to lock it", "已具备锁定条件"),
    "no_stock_account": ("the stock is tied to no account: {problem}", "存货未与任何科目核对：{problem}"),
    "stock_reaches_back": (
        (
            "stock of {warehouse}: the movements that were read reach back and come to {read} {code} by {day}, where {carried} "
            "{code} were carried; the movements count, so give all since the beginning, or none of before"
        ),
        (
            "仓库 {warehouse} 的存货：读入的出入库流水含以前期间，截至 {day} 合计 {read} {code}，而上期结转 {carried} {code}；"
            "以流水为准，因此请提供自期初以来的全部流水，或仅提供本期流水"
        ),
    ),
    "bill_without_days": (
        (
            "{carrier}: the bill {bill} was read again and has nothing in {code} any more on {days}: {amount} {code} that "
            "were carried of it are taken off what is owed"
        ),
        "{carrier}：再次读入的账单 {bill} 在{days}已无 {code} 费用，结转金额中的 {amount} {code} 已从应付中扣除",
    ),
    "bill_goes_on": (
        "{carrier}: the bill {bill}, of which {amount} {code} until {last} are carried, goes on with later days: both count",
        "{carrier}：账单号 {bill} 已结转截至 {last} 的 {amount} {code}，本期又有其后日期的费用，两者均计入",
    ),
    "bill_days_again": (
        (
            "{carrier}: the bill {bill} goes on with later days, and was read again with other amounts on {days}: {amount} "
            "{code} that were carried of it are replaced; if what was read is only a part, the rest is owed still"
        ),
        (
            "{carrier}：账单号 {bill} 本期有其后日期的费用，且再次读入{days}、金额不同：结转的 {amount} {code} 已被取代；"
            "若本期仅读入其中一部分，其余仍应付"
        ),
    ),
    "bill_day": ("{first}", " {first} 当日"),
    "bill_days": ("{count:,} days from {first} to {last}", " {first} 至 {last} 的 {count:,} 天"),
    "ties_to_books": (
        "{role}: {records} {code} by the records: ties to the books",
        "{role}：按业务记录 {records} {code}，与账面一致",
    ),
    "beside_books": (
        "{role}: {records} {code} by the records: the books have {books}, {gap} beside it",
        "{role}：按业务记录 {records} {code}，账面 {books}，相差 {gap}",
    ),
    "accrued": ("{kind}: {count:,} accrued with {amount} {code}", "{kind}：暂估 {count:,} 笔，金额 {amount} {code}"),
    "only_a_month": (
        "vouchers are made for a month, and this is {period}",
        "凭证按月生成，而本次期间为 {period}",
    ),
    "nothing_posted": ("nothing is posted: {error}", "未生成任何凭证：{error}"),
    "events_left_out": ("events left out, {reason}: {count:,}", "未计入的事项，{reason}：{count:,}"),
    "noted_only": ("noted only, {reason}: {count:,}", "仅记录，{reason}：{count:,}"),
    "to_look_at": ("to look at, {reason}: {count:,}", "待查看，{reason}：{count:,}"),
    "late": (
        "{count:,} events are of a locked period and booked in this one",
        "{count:,} 个事项属于已锁定期间，计入本期",
    ),
    "locked": (
        "{period} is locked: what is new is posted in {other}",
        "{period} 已锁定，新增事项计入 {other}",
    ),
    "months_between": (
        "the balances that this period begins with are of {day}, and it begins on {first}: close what lies between first",
        "本期期初余额截至 {day}，而本期自 {first} 开始：请先结账其间的期间",
    ),
    "no_ledger": ("no ledger is configured", "未配置账务系统"),
    "no_vouchers": ("there are no vouchers", "没有凭证"),
    "ledger_refused": ("{name} is not written: {error}", "{name} 未写出：{error}"),
    "ledger_written": ("{said}", "{name}：{vouchers:,} 张凭证、{lines:,} 条分录，写入 {files}{rest}"),
    "no_workbook": (
        "no workbook is written: pip install 'tieout[excel]'",
        "未生成工作簿：请运行 pip install 'tieout[excel]'",
    ),
    "no_pdf": (
        "no statements and vouchers are printed: pip install 'tieout[pdf]'",
        "未打印对账单和凭证：请运行 pip install 'tieout[pdf]'",
    ),
    "not_printed": (
        "{count:,} vouchers are not printed: more than {most:,} are for a program",
        "{count:,} 张凭证未打印：超过 {most:,} 张请由系统处理",
    ),
    "no_plots": ("no plots are drawn: pip install 'tieout[plots]'", "未绘制图表：请运行 pip install 'tieout[plots]'"),
    # Why events are in no voucher: the words of the templates, and of posting itself.
    "other_period": ("other_period", "属于其他期间"),
    "already_posted": ("already_posted", "已入账"),
    "given_twice": ("given_twice", "重复提供"),
    "memo_revenue": ("the book recognises revenue at another stage", "账套在其他环节确认收入"),
    "memo_cost": ("the book takes cost to sales at another stage", "账套在其他环节结转成本"),
    "memo_not_yet": (
        "revenue of the sale is not recognised yet: there is nothing to take back",
        "该笔销售尚未确认收入，无须冲回",
    ),
    "memo_before": ("refunded before shipment: neither was booked", "发货前已退款，两者均不入账"),
    "memo_disputed": (
        "disputed and not paid: a claim is recognised only when the courier accepts it",
        "有争议且未付，快递公司认赔后才确认索赔款",
    ),
    "memo_short": (
        "credit note for what was paid short: neither the debt nor a claim was booked",
        "对少付部分的贷项通知，债务和索赔均未入账",
    ),
    "memo_deposits": (
        "the book does not record deposits: they are part of the sale",
        "账套不单独记录定金，定金计入销售",
    ),
    "memo_advances": (
        "the book does not record advances: the platform holds the money",
        "账套不记录预收款，货款由平台保管",
    ),
    "memo_liability": ("the standard knows no refund liability", "所用准则不确认预计退款负债"),
    "memo_exempt": ("only small-scale taxpayers are exempt by their monthly sales", "按月销售额免税仅限小规模纳税人"),
    "memo_nothing": ("nothing to post: the amount is zero in the book", "折合账套本位币为零，无须入账"),
    "memo_cancels": ("cancels out within its document", "在同一单据内相互抵消"),
    "memo_gift": (
        "deemed_sale_review: goods were given away; whether VAT is due as on a sale has to be decided",
        "赠送货物，须判断是否视同销售计税",
    ),
}
"""Each in English and Chinese; in braces what each of them is about."""

SOURCE_NOTES: Final[Mapping[str, str]] = {
    "amount.maybe_repeated": "金额可能重复",
    "amount.neutral": "部分流水不计收支",
    "amount.other_currency": "部分金额为其他币种",
    "amount.rounded": "部分金额经四舍五入",
    "archive.not_read": "压缩包内有未读取的文件",
    "balance.missing": "缺少期末余额",
    "balance.other_currency": "余额为其他币种",
    "balance.unreadable": "余额无法读取",
    "cells.merged": "有跨行合并的单元格，仅首行读到内容",
    "columns.not_read": "有未读取的列",
    "data.id_maybe_rounded": "部分编号可能已被表格软件舍入",
    "data.id_precision_lost": "部分编号丢失了位数",
    "date.not_a_day": "部分日期无效，已略去",
    "date.order": "日期的日、月顺序由整个文件推定",
    "date.order_assumed": "日期的日、月顺序为推定",
    "date.unreadable": "部分日期无法读取",
    "date.year_added": "日期缺少年份，按账单月份补全",
    "decimal_mark.told": "小数点写法为推定",
    "discount.not_applied": "折扣未计入",
    "encoding.broken": "部分字符与文件编码不符",
    "encoding.guessed": "文件编码为推定",
    "file.last_line_open": "最后一行没有换行符，若文件被截断将无从察觉",
    "file.read_at_once": "文件一次性读入",
    "foreign.currency_unknown": "外币币种未知",
    "invoice.not_read": "部分账单没有编号",
    "lines.width_changes": "各行列数不一",
    "line_type.unknown": "部分费用类型未知",
    "ofx.investments": "投资类交易未读取",
    "order.no_number": "部分行没有订单号",
    "order.scattered": "同一订单的行未排在一起",
    "sheet.not_read": "有未读取的工作表",
    "total.missing": "缺少可核对的合计",
    "total.not_checked": "合计未核对",
    "total.other_currency": "合计为其他币种",
    "total.several_currencies": "合计涉及多个币种",
    "value.unknown": "部分取值未知",
    "voucher.numbers_missing": "凭证断号",
    "voucher.scattered": "同一凭证的行未排在一起",
    "weight.unit_unknown": "部分重量单位未知，已略去",
}
"""What notes of files are about, by their code; what exactly they say follows in English."""

_BY_ENGLISH: Final = {text: key for key, (text, _) in SENTENCES.items() if "{" not in text}


def _zh(value: object) -> object:
    return (value.text_zh or value.text) if isinstance(value, Note) else value


def note(key: str, **values: object) -> Note:
    """A sentence in both languages.

    Args:
        key: Which of `SENTENCES`.
        **values: What it is about; a note among them is said in its language.

    Example:
        >>> said = note("left_out", name="orders", why=note("switched_off"))
        >>> said.text, said.code
        ('orders is left out: it is switched off', 'left_out')
    """
    text, text_zh = SENTENCES[key]
    said_zh = text_zh.format(**{name: _zh(value) for name, value in values.items()})
    return Note(text.format(**values), said_zh, code=key)


def listed(text: str) -> Note:
    """A text of another room in both languages, where it is one of `SENTENCES`; else as it is."""
    key = _BY_ENGLISH.get(text)
    return note(key) if key else Note(text)


def of_check(check: Check) -> Note:
    """A check of a proof, as it says itself."""
    return Note(str(check), check_sentence_zh(check))


def of_source(file: str, code: str, text: str) -> Note:
    """A note of a file that was read.

    Args:
        file: Its name.
        code: What kind of thing.
        text: The thing, in English.
    """
    known = SOURCE_NOTES.get(code)
    return note("of_file", file=file, said=Note(f"{code}: {text}", f"{known}（{text}）" if known else ""))


def joined(notes: Iterable[Note], between: Note) -> Note:
    """Notes as one, with what stands between them."""
    held = list(notes)
    return Note(
        between.text.join(one.text for one in held),
        between.text_zh.join(one.text_zh or one.text for one in held),
    )
