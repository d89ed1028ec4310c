"""Kill a close again and again, at any moment, and compare what it ends with to one that nobody killed.

    python tests/benchmarks/fuzz_close.py FOLDER [KILLS] [--casebook] [--shown]

With `--shown` page, workbook, prints and plots are written too, and most kills fall while they are. Needs `tests` and `src` on the
path. Prints each kill with how many results were made then, and ends with an error where a file in its place is half one, or where
results, cases or vouchers differ in the end.
"""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from closing.shop_files import month_of, shop_folder

ONLY_TEXTS = "[report]\nhtml = false\npdf = false\nxlsx = false\nplots = false\n"
BOOK = '[casebook]\nurl = "sqlite:///books.db"\nactor = "month end"\nroles = ["data", "accountant"]\n'
PROGRAM = """import sys
from tieout.closing import CloseConfig, close, stored
stored.WORTH_IT = 1
sys.exit(close(CloseConfig.load(sys.argv[1])).exit_code)
"""
STATE = "close.json"  # with a casebook it says the head of a log, whose entries have times


def run(config, seconds=None, *, in_place=None):
    """Close; kill it after so many seconds, or when so many results are in their place. Gives whether it ended, and how long it took."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(config)])
    while process.poll() is None:
        is_late = seconds is not None and time.perf_counter() - begun > seconds
        if is_late or (in_place is not None and len(placed(config.parent / "out")) >= in_place):
            process.send_signal(signal.SIGKILL)
            process.wait()
            return False, time.perf_counter() - begun
        time.sleep(0.001 if in_place is not None else 0.02)
    assert process.returncode in {0, 1}, process.returncode
    return True, time.perf_counter() - begun


def results(folder, *, with_state):
    """Bytes of all results, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and (with_state or path.name != STATE)
    }


def kept(config):
    """Cases and vouchers of the book, by what names them."""
    from tieout.casebook import Casebook
    from tieout.closing import CloseConfig

    own = CloseConfig.load(config)
    with Casebook(own.casebook.url) as cases:
        assert cases.verify().holds
        vouchers = [(one.voucher_id, one.number) for one in cases.vouchers.journal(own.book).vouchers]
        return sorted(cases.frame()["case_id"]), sorted(vouchers)


def placed(folder):
    """Names of the results that lie in their place."""
    return [path.name for path in folder.glob("[!.]*")]


def main(folder, kills, *, has_book, is_shown):
    month = month_of(110)
    lines = [one for one in month.lines if one.platform_order_id != "T00005"]
    configs = []
    for name in ("whole", "killed"):
        shutil.rmtree(folder / name, ignore_errors=True)
        rules = ("" if is_shown else ONLY_TEXTS) + (BOOK if has_book else "")
        configs.append(shop_folder(folder / name, month, rules=rules, lines=lines))
    whole, killed = configs
    _, seconds = run(whole)
    expected, out = results(whole.parent / "out", with_state=False), folder / "killed" / "out"
    rng = random.Random(2026)
    for number in range(kills):
        # A machine is now faster, now slower: the last close that came to its end says how long one takes.
        if number % 3:
            is_done, after = run(killed, rng.uniform(0.6 if is_shown else 0.2, 1.0) * seconds)
        else:  # while results are moved to their place
            shutil.rmtree(out, ignore_errors=True)
            is_done, after = run(killed, in_place=rng.randint(1, 8))
        making = sum(path.is_file() for path in (out / ".closing" / "fresh").rglob("*"))
        count = "" if is_done else f"; {making} results on their way, {len(placed(out))} files and folders in place"
        print(f"{number}: {'done' if is_done else 'killed'} after {after:.1f} s{count}", flush=True)
        for name, content in results(out, with_state=False).items():
            assert name.startswith(".closing") or has_book or content == expected[name], f"{name} is half a file"
        if is_done or not rng.randrange(4):  # the next one is killed from the beginning, or in the book as it stands
            shutil.rmtree(out, ignore_errors=True)
        seconds = min(seconds, after) if is_done else seconds * 1.05
    run(killed)
    own, other = (results(one.parent / "out", with_state=not has_book) for one in configs)
    assert set(own) == set(other), set(own) ^ set(other)
    differing = sorted(name for name in own if own[name] != other[name])
    assert not differing, differing
    if has_book:
        assert kept(whole) == kept(killed)
    print(f"{kills} kills: the same {len(own)} files")


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if not one.startswith("--")]
    main(
        Path(arguments[0]),
        int(arguments[1]) if len(arguments) > 1 else 20,
        has_book="--casebook" in sys.argv,
        is_shown="--shown" in sys.argv,
    )
