"""Packs: any byte that is changed, any file that comes, goes or moves is found and told where."""

import json
import subprocess
import sys
import zipfile

import pytest

from tieout.archive import GENESIS, Manifest, entry_hash, verify_pack, write_pack
from tieout.errors import InputError, UnreadableFile


def log(count):
    """A log as a pack has it."""
    previous, rows = GENESIS, []
    for seq in range(1, count + 1):
        row = {
            "seq": seq, "kind": "note", "at": "2026-10-01T08:00:00.000000Z", "actor": "wang", "roles": "logistics",
            "reason": None, "subject": None, "body": '{"text":"差异"}', "previous": previous,
        }  # fmt: skip
        previous = entry_hash(row)
        rows.append({**row, "body": {"text": "差异"}, "hash": previous})
    return rows


def packed(path, *, first=1):
    rows = log(4)[first - 1 :]
    facts = {"first": first, "last": 4, "previous": rows[0]["previous"], "head": rows[-1]["hash"]}
    tables = {"log": rows, "vouchers": [{"number": 1, "debit_minor": 330}, {"number": 2, "debit_minor": 90}]}
    return write_pack(
        path,
        tables=tables,
        facts=lambda: Manifest(period="2026-10", software="tieout 0.1.0", log=facts),
        reports={"利润表.csv": "收入,3.30\n".encode()},
    )


@pytest.fixture(params=["pack", "pack.zip"])
def pack(request, tmp_path):
    path = tmp_path / request.param
    packed(path)
    return path


def faults(path, **given):
    return [str(fault) for fault in verify_pack(path, **given).faults]


def test_a_pack_that_nobody_touched_holds(pack):
    found = verify_pack(pack)

    assert found.holds
    assert (found.rows, found.entries, found.manifest.period) == (6, 4, "2026-10")
    assert [file.name for file in found.manifest.files] == ["log.jsonl", "vouchers.jsonl", "reports/利润表.csv"]
    assert str(found).endswith("Nothing was changed.")


def test_the_same_contents_give_the_same_bytes(tmp_path, pack):
    again = tmp_path / f"again{pack.suffix}"
    manifest = packed(again)

    if pack.suffix:
        assert pack.read_bytes() == again.read_bytes()
        assert zipfile.ZipFile(pack).testzip() is None
    else:
        assert (pack / "manifest.json").read_bytes() == (again / "manifest.json").read_bytes()
    assert verify_pack(pack, seal=manifest.seal).holds


def test_a_folder_and_a_zip_of_one_book_have_one_seal(tmp_path):
    assert packed(tmp_path / "a").seal == packed(tmp_path / "a.zip").seal


def test_a_stretch_of_a_log_is_held_to_the_entry_before_it(tmp_path):
    packed(tmp_path / "pack", first=3)

    assert verify_pack(tmp_path / "pack").holds


def test_every_changed_byte_of_every_file_is_found(tmp_path):
    packed(tmp_path / "pack")
    for path in [path for path in (tmp_path / "pack").rglob("*") if path.is_file()]:
        data = path.read_bytes()
        for at in range(len(data)):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            told = faults(tmp_path / "pack")
            assert any(path.name in one for one in told), (path.name, at)
        path.write_bytes(data)
    assert verify_pack(tmp_path / "pack").holds


def test_every_changed_byte_of_a_zip_is_found(tmp_path):
    path = tmp_path / "pack.zip"
    packed(path)
    data = path.read_bytes()

    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert faults(path), at


@pytest.mark.parametrize("cut", [1, 22, 500])
def test_a_zip_that_was_cut_off_or_written_on_is_found(tmp_path, cut):
    path = tmp_path / "pack.zip"
    packed(path)
    data = path.read_bytes()

    path.write_bytes(data[:-cut])
    assert faults(path)
    path.write_bytes(data + b"x" * cut)
    assert faults(path)
    path.write_bytes(b"x" * cut + data)
    assert faults(path)


def rewritten(path, change):
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(change(lines)), encoding="utf-8", newline="")


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("vouchers.jsonl", lambda rows: [rows[0].replace("330", "331"), rows[1]], ["vouchers.jsonl:1: it is not as it was written"]),
        ("vouchers.jsonl", lambda rows: rows[::-1], ["vouchers.jsonl: it is not as it was written"]),
        ("vouchers.jsonl", lambda rows: rows[:1], ["vouchers.jsonl: it has 1 rows, 2 were written"]),
        ("log.jsonl", lambda rows: [*rows[:1], rows[1].replace("wang", "wong"), *rows[2:]],
         ["log.jsonl:2: entry 2: its text is not what its hash was made of"]),
        ("log.jsonl", lambda rows: [rows[0], *rows[2:]],
         ["log.jsonl: it has 3 rows, 4 were written", "log.jsonl:2: entry 2: missing"]),
        ("log.jsonl", lambda rows: rows[:3],
         ["log.jsonl: it has 3 rows, 4 were written", "log.jsonl: it ends with entry 3, not where the manifest says"]),
        ("log.jsonl", lambda rows: [rows[0], rows[2], rows[1], rows[3]],
         ["log.jsonl:2: entry 2: missing", "log.jsonl:3: entry 2: it stands where entry 4 belongs", "log.jsonl:4: entry 3: missing"]),
        ("log.jsonl", lambda rows: [*rows[:3], "[]\n"],
         ["log.jsonl:4: it is not as it was written", "log.jsonl: it ends with entry 3, not where the manifest says"]),
        ("log.jsonl", lambda rows: [*rows[:3], "{}\n"],
         ["log.jsonl:4: entry: it lacks what every entry has", "log.jsonl: it ends with entry 3, not where the manifest says"]),
    ],
)  # fmt: skip
def test_a_changed_row_is_named_by_its_line(tmp_path, file, change, told):
    packed(tmp_path / "pack")
    rewritten(tmp_path / "pack" / file, change)

    assert told == faults(tmp_path / "pack")


def test_files_that_are_missing_or_were_added_are_named(tmp_path):
    packed(tmp_path / "pack")
    (tmp_path / "pack" / "vouchers.jsonl").unlink()
    (tmp_path / "pack" / "notes.txt").write_text("x")
    (tmp_path / "pack" / "empty").mkdir()
    (tmp_path / "pack" / "link").symlink_to("log.jsonl")

    assert faults(tmp_path / "pack") == [
        "link: it is no plain file",
        "empty: an empty folder: it was added",
        "vouchers.jsonl: missing",
        "notes.txt: it is not in the manifest: it was added",
    ]


def test_files_in_another_order_are_found(tmp_path):
    manifest = tmp_path / "pack" / "manifest.json"
    packed(tmp_path / "pack")
    facts = json.loads(manifest.read_bytes())
    facts["files"] = facts["files"][::-1]
    changed = Manifest.parse(json.dumps(facts).encode())
    manifest.write_bytes(changed.render())

    told = faults(tmp_path / "pack")
    assert (
        told[0]
        == "manifest.json: reports/利润表.csv: it does not follow the file before it: order, name or hash was changed"
    )
    assert len(told) == 3


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[" * 10_000,
        b'{"format":"tieout archive pack 1"}',
        b"\xff",
        b'{"format":"tieout archive pack 1","files":[{}]}',
    ],
)
def test_what_is_no_manifest_is_told(tmp_path, text):
    packed(tmp_path / "pack")
    (tmp_path / "pack" / "manifest.json").write_bytes(text)

    (fault,) = faults(tmp_path / "pack")
    assert fault.startswith("manifest.json: it is no manifest of a pack")


def test_a_pack_that_was_written_anew_is_found_by_the_seal_that_was_kept(tmp_path):
    seal = packed(tmp_path / "pack").seal
    other = packed(tmp_path / "other", first=2).seal

    assert faults(tmp_path / "other") == []
    assert faults(tmp_path / "other", seal=seal) == [
        f"manifest.json: its seal is {other}, not {seal}: it is another pack"
    ]


def test_a_zip_with_compressed_files_is_told_and_not_unpacked(tmp_path):
    packed(tmp_path / "pack")
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for file in (tmp_path / "pack").rglob("*"):
            out.write(file, file.relative_to(tmp_path / "pack").as_posix())

    assert "log.jsonl: it is compressed or encrypted: packs hold plain files" in faults(path)


def test_nothing_there_is_told(tmp_path):
    with pytest.raises(UnreadableFile, match="the pack cannot be read: No such file"):
        verify_pack(tmp_path / "nothing.zip")


def test_a_pack_is_never_written_over_and_half_of_one_never_stands_there(tmp_path):
    packed(tmp_path / "pack")
    with pytest.raises(InputError, match="it is there already"):
        packed(tmp_path / "pack")

    def failing():
        yield {"a": 1}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_pack(tmp_path / "new", tables={"log": failing()}, facts=lambda: Manifest(period=None, software="t"))
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "", ".", "a\\b", "a:b", "a\n", "x "])
def test_a_report_whose_name_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="names of reports"):
        write_pack(tmp_path / "new", tables={}, facts=lambda: Manifest(period=None, software="t"), reports={name: b""})


def test_nothing_is_needed_but_python_itself():
    program = "import sys; from tieout.archive import verify_pack; print({'sqlalchemy', 'polars', 'moneyed'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)

    assert done.stdout == "set()\n"
