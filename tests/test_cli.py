"""The `tieout` command: what it prints, what it writes, how it ends."""

import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from importlib.resources import files
from pathlib import Path

import attrs
import pytest

from tieout._demo.shop_month import Fault, Held, Mark, ShopMonth
from tieout.cli import main
from tieout.closing import Close

DEMO = Path(str(files("tieout._demo")))
BASH = shutil.which("bash")
WRITTEN = [
    "claims_sf.csv",
    "claims_zto.csv",
    "discrepancies_sf.csv",
    "discrepancies_zto.csv",
    "ledger.beancount",
    "lines_sf.csv",
    "lines_zto.csv",
    "proof.txt",
    "rejects.csv",
    "summary.txt",
    "vouchers.csv",
]


def _run(*arguments, cwd):
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "tieout", *map(str, arguments)],
        capture_output=True, encoding="utf-8", cwd=cwd, env=environment, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo of the couriers as a user runs it, once for all tests that only look."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, _run("demo", "--couriers", cwd=folder)


@pytest.fixture(scope="module")
def run():
    """The month, run in this process: another run than that of `demo`."""
    from tieout._demo.running import STEPS, run_month

    steps = []
    month = run_month(steps.append)
    assert len(steps) == STEPS - 1  # the last one is the writing
    return month


@pytest.fixture
def ready(monkeypatch, run):
    """The command with the month that was run already."""
    monkeypatch.setattr("tieout._demo.running.run_month", lambda _: run)


def test_identify_says_the_format_of_each_file(capsys):
    code = main(["identify", str(DEMO / "sf_bill.xlsx"), str(DEMO / "sf_history.xlsx")])
    out, err = capsys.readouterr()
    assert (0, "") == (code, err)
    assert ["sf_bill.xlsx: sf_monthly_bill", "sf_history.xlsx: sf_monthly_bill"] == [
        line.rpartition("/")[2] for line in out.replace("\\", "/").splitlines()
    ]


def test_identify_looks_into_folders_and_archives(capsys, tmp_path):
    with zipfile.ZipFile(tmp_path / "bills.zip", "w") as archive:
        archive.write(DEMO / "sf_bill.xlsx", "sf.xlsx")
        archive.writestr("note.txt", "hello")
        archive.writestr("empty.txt", "")

    code = main(["identify", str(tmp_path)])

    name = (tmp_path / "bills.zip").as_posix()
    assert 0 == code
    assert [
        f"{name}/sf.xlsx: sf_monthly_bill",
        f"{name}/note.txt: no known format fits this file's content",
        f"{name}/empty.txt: the file is empty",
    ] == capsys.readouterr().out.splitlines()


def test_read_takes_a_folder(capsys, tmp_path):
    (tmp_path / "a.xlsx").write_bytes((DEMO / "sf_bill.xlsx").read_bytes())
    (tmp_path / "b.xlsx").write_bytes((DEMO / "sf_bill.xlsx").read_bytes())

    code = main(["read", str(tmp_path), "--option", "sf_monthly_bill.damaged_ids=keep"])

    out = capsys.readouterr().out
    assert 0 == code, out
    assert "1 files read, 0 refused, 1 repeated" in out
    assert "b.xlsx is the same file as a.xlsx" in out
    assert "CourierCharge: " in out


def test_a_folder_takes_no_format(capsys, tmp_path):
    assert 2 == main(["read", str(tmp_path), "--format", "sf_monthly_bill"])
    assert "recognised one by one" in capsys.readouterr().err


def test_identify_goes_on_after_a_file_that_nothing_fits(capsys, tmp_path):
    strange = tmp_path / "strange.csv"
    strange.write_text("a,b\n1,2\n", encoding="utf-8")
    code = main(["identify", str(strange), str(DEMO / "sf_bill.xlsx")])
    out, err = capsys.readouterr()
    assert 2 == code
    assert out.endswith("sf_bill.xlsx: sf_monthly_bill\n")
    assert err.startswith(f"tieout: {strange}: no known format fits")


def test_formats_lists_every_format(capsys):
    assert 0 == main(["formats"])
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert {"generic_table", "sf_monthly_bill"} <= set(names)


def test_read_shows_format_totals_and_the_first_records(capsys):
    assert 0 == main(["read", str(DEMO / "sf_bill.xlsx"), "--head", "2"])
    out = capsys.readouterr().out
    assert out.startswith("sf_bill.xlsx: sf_monthly_bill, ")
    assert "应付金额合计" in out
    assert "Records: the first 2 of " in out
    assert 2 == sum(line.startswith(("  5: ", "  6: ")) for line in out.splitlines())


def test_read_lists_every_line_that_could_not_be_read(capsys):
    code = main(["read", str(DEMO / "shipments.csv"), "--mapping", str(DEMO / "shipments_mapping.toml"), "--head", "0"])
    out = capsys.readouterr().out
    assert 0 == code
    assert "Rejects: 3" in out
    assert "'约2公斤' is not a weight" in out
    assert "Records" not in out


def test_read_takes_options_of_the_format(capsys):
    mapping = str(DEMO / "zto_mapping.toml")
    code = main(
        [
            "read",
            str(DEMO / "zto_bill_hkd.csv"),
            "--mapping",
            mapping,
            "--option",
            "currency=HKD",
            "--option",
            "encoding=utf-16",
        ]
    )
    assert 0 == code
    assert "currency=HKD" in capsys.readouterr().out


def test_read_ends_with_1_when_declared_totals_do_not_tie_out(capsys, tmp_path):
    text = (DEMO / "zto_bill_hkd.csv").read_bytes().decode("utf-16")
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(text.replace("合计,,,,,,", "合计,,,,,,9").encode("utf-16"))
    assert 1 == main(["read", str(wrong), "--mapping", str(DEMO / "zto_mapping.toml")])
    assert "TOTALS DO NOT TIE OUT" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 and no more", "damaged or cut off"),
        (b"%PDF-1.7", "this is a PDF document, a table is needed"),
        (b"a,b\n1,2\n", "no known format fits this file's content"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_error(capsys, tmp_path, content, message):
    file = tmp_path / "bill.xlsx"
    file.write_bytes(content)
    assert 2 == main(["read", str(file)])
    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith("tieout: bill.xlsx: ")
    assert message in err
    assert "Traceback" not in err


def test_a_file_that_is_not_there_is_one_clear_error(capsys, tmp_path):
    assert 2 == main(["read", str(tmp_path / "absent.csv")])
    assert "there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["unknown"], ["read"], ["read", "x.csv", "--head", "-1"], ["identify"], ["demo", "--speed", "2"]]
)
def test_wrong_arguments_end_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert 2 == caught.value.code
    assert "usage: tieout" in capsys.readouterr().err


def test_a_wrong_option_ends_with_2(capsys):
    assert 2 == main(["read", str(DEMO / "sf_bill.xlsx"), "--option", "speed"])
    assert "an option is written NAME=TEXT" in capsys.readouterr().err
    assert 2 == main(["read", str(DEMO / "sf_bill.xlsx"), "--option", "speed=2"])
    assert "has no option speed" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert 0 == caught.value.code
    assert capsys.readouterr().out.startswith("tieout 0.")


def test_the_demo_finds_every_planted_error_and_invents_none(demo):
    _, result = demo
    assert (0, "") == (result.returncode, result.stderr)
    assert "planted errors found, none invented." in result.stdout
    assert "DIFFERS" not in result.stdout


def test_the_demo_prints_both_couriers_the_proof_and_the_vouchers(demo):
    _, result = demo
    for wanted in ("SF Express", "ZTO Express", "The proof holds: ", "Vouchers of 2026-10", "Written to tieout-demo: "):
        assert wanted in result.stdout
    assert "IS OFF BY" not in result.stdout


def test_the_demo_writes_its_results_beside_the_user(demo):
    folder, _ = demo
    assert WRITTEN == sorted(path.name for path in (folder / "tieout-demo").iterdir())
    assert all(path.stat().st_size for path in (folder / "tieout-demo").iterdir())


def test_the_demo_gives_the_same_bytes_again(demo, ready, capsys, tmp_path):
    folder, first = demo
    assert 0 == main(["demo", "--couriers", "--out", str(tmp_path / "again")])
    before = {path.name: path.read_bytes() for path in (folder / "tieout-demo").iterdir()}
    after = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert before == after
    assert first.stdout.splitlines()[:-1] == capsys.readouterr().out.splitlines()[:-1]


def test_the_summary_file_is_what_the_terminal_showed(demo):
    folder, result = demo
    summary = (folder / "tieout-demo" / "summary.txt").read_text(encoding="utf-8")
    assert result.stdout.startswith(summary)


def test_the_written_claims_are_the_claimable_discrepancies(demo):
    import polars as pl

    folder, _ = demo
    for carrier in ("sf", "zto"):
        claims = pl.read_csv(folder / "tieout-demo" / f"claims_{carrier}.csv", infer_schema=False)
        found = pl.read_csv(folder / "tieout-demo" / f"discrepancies_{carrier}.csv", infer_schema=False)
        claimable = found.filter(pl.col("claimable") == "true")
        assert claimable["impact"].cast(pl.Decimal(18, 2)).sum() == claims["claimed"].cast(pl.Decimal(18, 2)).sum()
        assert 0 < claims.height < found.height


def test_beancount_loads_the_written_ledger(demo):
    loader = pytest.importorskip("beancount.loader")
    folder, _ = demo
    entries, errors, _ = loader.load_file(str(folder / "tieout-demo" / "ledger.beancount"))
    assert [] == errors
    assert entries


def test_a_missed_error_ends_the_demo_with_1(ready, monkeypatch, capsys, tmp_path):
    from tieout._demo import planted

    truth = list(planted.planted_marks())
    monkeypatch.setattr(planted, "planted_marks", lambda: iter(truth[1:]))
    assert 1 == main(["demo", "--couriers", "--out", str(tmp_path)])
    assert "0 NOT FOUND, 1 INVENTED" in capsys.readouterr().out


def test_the_demo_says_when_its_folder_cannot_be_written(capsys, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    for more in ([], ["--couriers"]):
        assert 2 == main(["demo", *more, "--out", str(taken)])
        assert "cannot be written" in capsys.readouterr().err


def test_the_demo_ends_with_1_when_the_truth_is_missed(monkeypatch, capsys, tmp_path):
    held = Held(
        faults=(Fault(name="lost order", what="gone", marks=()),), found=Counter({Mark("a", "b.c", "d", 1, "CNY"): 1})
    )
    closed = Close(name="shop", period="2026-10", stages=(), exit_code=1, checks=1)
    month = ShopMonth(folder=tmp_path, closed=closed, held=held)
    monkeypatch.setattr("tieout._demo.shop_month.run_shop_month", lambda *_: month)
    assert 1 == main(["demo", "--out", str(tmp_path)])
    assert "1 INVENTED" in capsys.readouterr().out
    assert not month.is_fine
    assert attrs.evolve(month, held=attrs.evolve(held, found=Counter())).is_fine
    assert not attrs.evolve(
        month, held=attrs.evolve(held, found=Counter()), closed=attrs.evolve(closed, failures=("off",))
    ).is_fine


def test_the_tutorial_shows_what_the_demo_prints_and_writes(demo, capsys):
    folder, result = demo
    page = (Path(__file__).parents[1] / "docs" / "tutorial" / "first-audit.md").read_text(encoding="utf-8")
    for program in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(program, "first-audit.md", "exec"), {})  # noqa: S102 - our own page
    written = [path.read_text(encoding="utf-8-sig") for path in sorted((folder / "tieout-demo").iterdir())]
    real = "\n".join([result.stdout, capsys.readouterr().out, *written]).splitlines()
    shown = [line for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL) for line in block.splitlines() if line]
    assert len(shown) > 30
    assert [] == [line for line in shown if not any(other.startswith(line) for other in real)]


def test_every_command_and_option_is_in_the_reference():
    from tieout.cli import _parser

    page = (Path(__file__).parents[1] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    commands = next(action for action in _parser()._actions if isinstance(action.choices, dict)).choices
    nested = {
        f"{name} {own}": parser
        for name, command in commands.items()
        for action in command._actions
        if isinstance(action.choices, dict)
        for own, parser in action.choices.items()
    }
    for name, command in {**commands, **nested}.items():
        assert f"`tieout {name}" in page
        for action in command._actions:
            for option in action.option_strings:
                assert option in {"-h", "--help"} or f"`{option} " in page or f"`{option}`" in page
    for name in WRITTEN:
        assert f"`{name.replace('_sf', '_<courier>').replace('_zto', '_<courier>')}`" in page


STATEMENT = "Day,Text,Paid in,Paid out,Balance\n2026-07-01,rent,,700.00,300.00\n2026-07-02,sales,50.00,,350.00\n"


def test_sources_new_drafts_a_mapping_that_read_takes(capsys, tmp_path):
    file, toml = tmp_path / "statement.csv", tmp_path / "statement.toml"
    file.write_text(STATEMENT, "utf-8")

    assert 0 == main(["sources", "new", str(file), "--out", str(toml)])
    shown = capsys.readouterr()
    assert (f"{toml}: a draft of BankTransaction; check every line of it\n", "tieout: a person must say: currency\n") == (
        shown.out, shown.err
    )  # fmt: skip
    assert 2 == main(["read", str(file), "--mapping", str(toml)])
    assert 0 == main(["read", str(file), "--mapping", str(toml), "--option", "currency=EUR"])
    assert "amount=-700.00" in capsys.readouterr().out


def test_sources_new_never_replaces_a_file(capsys, tmp_path):
    file, toml = tmp_path / "statement.csv", tmp_path / "statement.toml"
    file.write_text(STATEMENT, "utf-8")
    toml.write_text("finished", "utf-8")

    assert 2 == main(["sources", "new", str(file), "--out", str(toml)])
    assert "the file is there already" in capsys.readouterr().err
    assert "finished" == toml.read_text("utf-8")
    assert 2 == main(["sources", "new", str(file), "--out", str(tmp_path / "no" / "x.toml")])
    assert "the draft cannot be written" in capsys.readouterr().err


def test_sources_new_takes_what_is_known_and_prints_the_draft(capsys, tmp_path):
    file = tmp_path / "statement.csv"
    file.write_text(STATEMENT, "utf-8")

    assert 0 == main(
        [
            "sources",
            "new",
            str(file),
            "--record",
            "SettlementLine",
            "--option",
            "currency=EUR",
            "--option",
            "timezone=UTC",
        ]
    )
    shown = capsys.readouterr()
    assert 'record = "SettlementLine"  # said by you' in shown.out
    assert "" == shown.err


def test_sources_new_names_a_format_that_knows_the_file(capsys):
    assert 0 == main(["sources", "new", str(DEMO / "zto_bill.csv"), "--anyway", "--record", "CourierCharge"])
    assert "[columns]" in capsys.readouterr().out
    assert 0 == main(["sources", "new", str(DEMO / "sf_bill.xlsx")])
    captured = capsys.readouterr()
    assert "sf_monthly_bill knows this file: tieout read" in captured.err
    assert "" == captured.out, "what is said instead of a draft must not end up in its file"


def test_a_terminal_shows_the_bar_and_a_pipe_does_not(monkeypatch, tmp_path):
    from tieout.cli import _progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, is_shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with _progress(2) as step:
            step("reading")
            step("writing")
        assert is_shown == ("writing" in stream.getvalue())


def _written(folder, name, content):
    (folder / name).write_bytes(content)
    return str(folder / name)


ODD = {
    "empty.csv": (b"", "the file is empty"),
    "zeros.csv": (b"\0" * 100, "the file holds NUL bytes"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "this is a picture, a table is needed"),
    "page.xls": (b"<html><table><tr><td>1</td></tr></table></html>", "no known format fits"),
    "cut.xlsx": (b"PK\x03\x04" + b"x" * 50, "damaged or cut off"),
    "cut.csv.gz": (gzip.compress(b"a,b\n1,2\n")[:-6], "the gzip archive is damaged or cut off"),
    "empty.zip": (b"PK\x05\x06" + bytes(18), "the archive is empty"),
    "noise.bin": (bytes(range(256)) * 40, ""),
    "quote.csv": (b'a,b\n1,"2\n3,4\n', ""),
    "lines.txt": (b"\n" * 1000, "the file is empty"),
    "wide.csv": (b"," * 100_000 + b"\n", ""),
    "entity.xml": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', ""),
}


@pytest.mark.parametrize("command", ["read", "identify"])
@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_one_clear_error(capsys, tmp_path, command, name):
    content, message = ODD[name]

    path = _written(tmp_path, name, content)
    code = main([command, path])

    out, err = capsys.readouterr()
    assert (2, "") == (code, out)
    assert err.startswith(f"tieout: {path if command == 'identify' else name}")
    assert 1 == err.count("tieout: ")
    assert message in err


@pytest.mark.parametrize("command", ["read", "identify"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.csv", "there is no such file"),
        ("no/such/folder/", "there is no such file"),
        ("nul\0.csv", "the name of a file cannot hold NUL"),
        ("half\udcff.csv", "there is no such file"),
        ("x" * 300, "cannot be opened: File name too long"),
        ("nothing://at/all.csv", "cannot be fetched: ValueError"),
    ],
)
def test_odd_names_are_one_clear_error(capsys, command, name, message):
    assert 2 == main([command, name])

    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith("tieout: ")
    assert message in err


@pytest.mark.parametrize("command", ["read", "identify"])
def test_an_empty_name_is_not_the_current_folder(capsys, command):
    with pytest.raises(SystemExit) as caught:
        main([command, ""])

    assert 2 == caught.value.code
    assert "a file is needed, got an empty name" in capsys.readouterr().err


def test_an_option_that_a_file_needs_is_told_as_it_is_written_here(capsys, tmp_path):
    path = tmp_path / "moves.csv"
    path.write_text("Day,Amount\n2026-07-01,5\n", encoding="utf-8")
    mapping = tmp_path / "moves.toml"
    mapping.write_text(
        'record = "BankTransaction"\n[columns]\nbooked_on = "Day"\namount = "Amount"\n', encoding="utf-8"
    )
    here = "Here: --option NAME=TEXT, such as --option constants.currency=EUR\n"

    assert 2 == main(["read", str(path), "--mapping", str(mapping)])
    assert capsys.readouterr().err.endswith(f"say currency=...\n{here}")
    assert 2 == main(["read", str(path)])
    assert here not in capsys.readouterr().err
    assert 0 == main(["read", str(path), "--mapping", str(mapping), "--option", "currency=EUR"])


def test_a_folder_without_files_is_told(capsys, tmp_path):
    assert 2 == main(["identify", str(tmp_path)])
    assert "the folder holds no file" in capsys.readouterr().err
    assert 2 == main(["read", str(tmp_path)])
    assert "the folder holds no file" in capsys.readouterr().err


def test_a_folder_in_a_folder_that_cannot_be_listed_hides_nothing(capsys, tmp_path, monkeypatch):
    (tmp_path / ".hidden and closed").mkdir()
    _written(tmp_path, "bill.xlsx", (DEMO / "sf_bill.xlsx").read_bytes())
    listed = os.scandir

    def refused(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert 0 == main(["read", str(tmp_path)])  # what is hidden is not looked into
    (tmp_path / "closed").mkdir()
    capsys.readouterr()
    for command in ("read", "identify"):
        assert 2 == main([command, str(tmp_path)])
        assert "closed: the folder cannot be listed: Permission denied" in capsys.readouterr().err


def test_an_archive_in_which_no_file_is_known_ends_with_2(capsys, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("note.txt", "hello")
    packed = _written(tmp_path, "b.gz", gzip.compress((DEMO / "zto_bill.csv").read_bytes()[:20] + b"\n"))

    assert 2 == main(["identify", str(tmp_path / "a.zip"), packed])
    out, err = capsys.readouterr()
    assert [f"{tmp_path / 'a.zip'}/note.txt: ", f"{packed}: "] == [
        re.sub("no known format.*", "", line) for line in out.splitlines()
    ]
    assert "" == err


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("speed", "an option is written NAME=TEXT"),
        ("=x", "an option is written NAME=TEXT"),
        ("speed=2", "has no option speed"),
        ("timezone=Mars/Base", "there is no time zone named"),
        ("sheet=none", "there is no sheet 'none'"),
        ("header_row=third", "option header_row is a whole number, got 'third'"),
        ("keep_raw=perhaps", "option keep_raw is true or false, got 'perhaps'"),
        ("constants=x", "a constant is written constants.FIELD=TEXT"),
        ("constants.nothing=x", "nothing"),
        ("bill_month=2026-13", "a month is written YYYY-MM"),
        ("damaged_ids=mend", "damaged_ids is 'reject' or 'keep'"),
        ("delimiter=ab", "a delimiter is one character"),
        ("pseudonyms=secret", "option pseudonyms is Pseudonymizer, got str"),
    ],
)
def test_an_odd_option_is_one_clear_error(capsys, option, message):
    assert 2 == main(["read", str(DEMO / "sf_bill.xlsx"), "--option", option])

    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith("tieout: ")
    assert message in err
    assert "secret" not in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"record = [", "the mapping is no valid TOML"),
        (b'record = "\xe9"', "the mapping is no valid TOML"),
        (b'record = "Nothing"', "tieout.model has no record 'Nothing'"),
        (b"", "record"),
        (None, "the mapping cannot be opened"),
    ],
)
def test_an_odd_mapping_is_one_clear_error(capsys, tmp_path, content, message):
    toml = str(tmp_path) if content is None else _written(tmp_path, "odd.toml", content)

    assert 2 == main(["read", str(DEMO / "zto_bill.csv"), "--mapping", toml])

    out, err = capsys.readouterr()
    assert "" == out
    assert err.startswith("tieout: ")
    assert message in err


def test_yes_and_no_numbers_and_constants_can_be_typed(capsys):
    options = ["keep_raw=true", "header_row=4", "constants.account_no=A-1"]

    assert 0 == main(
        ["read", str(DEMO / "sf_bill.xlsx"), "--head", "1", *[x for one in options for x in ("--option", one)]]
    )
    assert "account_no=A-1" in capsys.readouterr().out


def test_lines_of_a_record_are_shown_with_the_fields_that_hold_something(capsys, tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "no,day,sku,n,price\nA1000001,2026-10-05,S1,2,3.50\nA1000001,2026-10-05,S2,1,4\n", encoding="utf-8"
    )
    mapping = tmp_path / "orders.toml"
    mapping.write_text(
        """record = "Order"
timezone = "Asia/Shanghai"
currency = "CNY"
by = ["platform_order_id"]
constants = { platform = "tmall" }
[columns]
platform_order_id = "no"
created_at = "day"
"lines.sku" = "sku"
"lines.quantity" = "n"
"lines.unit_price" = "price"
""",
        encoding="utf-8",
    )

    assert 0 == main(["read", str(orders), "--mapping", str(mapping)])
    expected = (
        "lines=[sku=S1, quantity=2, unit_price=3.50, currency=CNY; sku=S2, quantity=1, unit_price=4.00, currency=CNY]"
    )
    out = capsys.readouterr().out
    assert expected in out
    assert "None" not in out


def test_more_records_than_there_are_can_be_asked_for(capsys):
    assert 0 == main(
        ["read", str(DEMO / "zto_bill.csv"), "--mapping", str(DEMO / "zto_mapping.toml"), "--head", "9" * 30]
    )
    assert "Records: the first" in capsys.readouterr().out


@pytest.mark.skipif(BASH is None, reason="there is no bash here, which tells how each program of a pipe ended")
def test_a_reader_that_stops_early_ends_the_command_quietly(tmp_path):
    program = f"{sys.executable} -m tieout read {DEMO / 'sf_bill.xlsx'} --head 900 | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run([BASH, "-c", program], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path)

    assert "141" == done.stdout.splitlines()[-1]
    assert "" == done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_output_that_cannot_be_written_is_one_clear_error():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tieout", "formats"],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )

    assert (2, "tieout: the output cannot be written: No space left on device\n") == (done.returncode, done.stderr)


@pytest.fixture
def pack(tmp_path):
    """An archive pack of one table."""
    from tieout.archive import Manifest, write_pack

    log = {"first": 1, "last": 0, "previous": "0" * 64, "head": "0" * 64}
    facts = Manifest(period="2026-10", software="tieout 0.1.0", log=log)
    return tmp_path / "pack", write_pack(tmp_path / "pack", tables={"log": [], "a": [{"b": 1}]}, facts=lambda: facts)


def test_archive_verify_says_whether_a_pack_was_changed(capsys, pack):
    path, manifest = pack

    assert 0 == main(["archive", "verify", str(path), "--seal", manifest.seal])
    assert capsys.readouterr().out.endswith(f"Seal: {manifest.seal}\nNothing was changed.\n")

    (path / "a.jsonl").write_text("{}\n", encoding="utf-8")
    assert 1 == main(["archive", "verify", str(path)])
    assert capsys.readouterr().out.endswith("a.jsonl:1: it is not as it was written\nFaults: 1\n")

    assert 2 == main(["archive", "verify", str(path / "nothing")])
    assert "nothing: the pack cannot be read" in capsys.readouterr().err


def test_archive_verify_needs_no_database_library(pack):
    program = "import sys; sys.modules['sqlalchemy'] = None; from tieout.cli import main; sys.exit(main(sys.argv[1:]))"

    done = subprocess.run(
        [sys.executable, "-c", program, "archive", "verify", pack[0]],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
