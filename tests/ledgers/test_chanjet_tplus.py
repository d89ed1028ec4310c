"""Chanjet T+: what a JSON reader sums with Decimal is what the vouchers say."""

import json
from decimal import Decimal

import attrs

from tieout import ledgers
from tieout.ledgers.chanjet_tplus import ChanjetTplus


def documents_of(vouchers, book, **options):
    (content,) = ledgers.contents(vouchers, ledger=ChanjetTplus(**options), book=book)
    return [document["dto"] for document in json.loads(content)]


def sides(entry):
    return entry.get("AmountDr"), entry.get("AmountCr")


def as_text(money):
    return None if money is None else f"{money.amount:.2f}"


def test_every_figure_is_that_of_the_vouchers(month, rich, book):
    for vouchers in (month.vouchers, rich):
        entries = [entry for document in documents_of(vouchers, book) for entry in document["Entrys"]]

        lines = [line for voucher in vouchers for line in voucher.lines]
        for line, entry in zip(lines, entries, strict=True):
            assert (line.account, line.summary) == (entry["Account"]["Code"], entry["Summary"])
            assert (as_text(line.debit), as_text(line.credit)) == sides(entry)


def test_debits_are_credits_in_every_document(month, rich, hostile, book):
    for document in [*documents_of(month, book), *documents_of([*rich, hostile], book)]:
        amounts = [[Decimal(side or 0) for side in sides(entry)] for entry in document["Entrys"]]

        assert 0 == sum(debit - credit for debit, credit in amounts)
        assert {-2} == {side.as_tuple().exponent for pair in amounts for side in pair if side}


def test_a_document_says_the_vouchers_id_date_word_and_attachments(rich, book):
    first, second, third, fourth = documents_of(rich, book)

    assert ("2026-10-08", "id-10-记-1", {"Code": "记"}, 3) == tuple(
        first[key] for key in ("VoucherDate", "ExternalCode", "DocType", "AttachedVoucherNum")
    )
    assert ("id-10-转-1", {"Code": "转"}) == (third["ExternalCode"], third["DocType"])
    assert ("id-10-记-2", 4, 4) == (second["ExternalCode"], second["AttachedVoucherNum"], len(second["Entrys"]))
    assert ("-80.00", None) == sides(fourth["Entrys"][0])


def test_the_code_is_unique_and_the_same_again(month, rich, book):
    for vouchers in (month.vouchers, rich):
        codes = [document["ExternalCode"] for document in documents_of(vouchers, book)]

        assert len(codes) == len(set(codes))
        assert documents_of(vouchers, book) == documents_of(reversed(vouchers), book)


def test_original_amounts_rates_and_pieces_stand_beside(rich, book):
    entries = documents_of(rich, book)[0]["Entrys"]

    assert ({"Code": "USD"}, "7200.00", "1000.00", "7.2") == tuple(
        entries[0][key] for key in ("Currency", "AmountDr", "OrigAmountDr", "ExchangeRate")
    )
    assert ({"Code": "RMB"}, "2.50", "32.00") == tuple(entries[4][key] for key in ("Currency", "QuantityCr", "Price"))
    assert not {"OrigAmountCr", "ExchangeRate"} & entries[4].keys()


def test_dimensions_are_called_as_t_plus_calls_them(rich, book):
    entries = documents_of(rich, book)[0]["Entrys"]
    own = documents_of(rich, book, aux={"shop": "ExAuxAcc1"}, members={"S1": "001"})[0]["Entrys"]

    assert [{"AuxAccCustomer": {"Code": "C1"}}] == entries[0]["AuxInfos"]
    assert [{"AuxAccInventory": {"Code": "A-01"}}] == entries[4]["AuxInfos"]
    assert "AuxInfos" not in entries[1]
    assert [{"ExAuxAcc1": {"Code": "001"}}] == own[4]["AuxInfos"]


def test_what_t_plus_has_no_field_for_is_told(rich, hostile):
    (_, line) = hostile.lines
    cash = attrs.evolve(hostile, lines=(attrs.evolve(hostile.lines[0], cash_flow_item="01"), line))

    assert ("dimension shop is left out: 记-1 of 2026-10 line 5 and 1 more",) == ChanjetTplus().notes(rich)
    assert ("the cash flow item is left out: 记-99 of 2026-10 line 1",) == ChanjetTplus().notes([cash])


def test_sides_are_swapped_when_asked(rich, book):
    red = documents_of(rich, book, reversal_style="swap_sides")[-1]["Entrys"]

    assert [(None, "80.00"), ("80.00", None)] == [sides(entry) for entry in red]


def test_words_and_currencies_can_have_codes_of_their_own(rich, book):
    document = documents_of(rich, book, words={"记": "01"}, currencies={"CNY": "CNY", "USD": "US"})[0]

    assert ({"Code": "01"}, {"Code": "US"}) == (document["DocType"], document["Entrys"][0]["Currency"])


def test_hostile_texts_are_json(hostile, book):
    (document,) = documents_of([hostile], book)

    assert (
        "=cmd|' /C calc'!A0, \"quoted\"; back\\slash second line [31m “中文” #tag ^link ; comment"
        == document["Entrys"][0]["Summary"]
    )
    assert ("@id", "1000000000000000.00") == (document["ExternalCode"], document["Entrys"][0]["AmountDr"])


def test_no_voucher_is_an_empty_array(book):
    assert (b"[]\n",) == ledgers.contents([], ledger="chanjet_tplus", book=book)
