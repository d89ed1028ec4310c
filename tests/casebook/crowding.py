"""Several processes that decide on the cases of one book at once, and what must be true afterwards.

`python crowding.py URL NAME SECONDS` comments on cases as fast as it can and says at the end how many comments went in and how often
somebody else had been quicker.
"""

import os
import random
import subprocess
import sys
import time

from tieout.casebook import Actor, Casebook
from tieout.casebook.log import entries
from tieout.errors import DecisionConflict


def work(url, name, seconds):
    """Decide for so long on cases drawn by chance, each time on what was just seen."""
    dice, actor = random.Random(name), Actor(name, roles=["admin"])
    went_in = conflicts = 0
    with Casebook(url) as cases:
        ids = cases.open()["case_id"].to_list()[:10]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            case = cases.case(dice.choice(ids))
            try:
                cases.comment(case.case_id, f"{name} {went_in}", actor=actor, seen=case.version)
            except DecisionConflict as conflict:
                conflicts += 1
                if not conflict.entry > conflict.seen == case.version:
                    raise
            else:
                went_in += 1
    print(went_in, conflicts)


def crowd(url, *, processes, seconds):
    """Let so many work on the book at once. Gives decisions and conflicts, told by the workers and found in the log alike."""
    command = [sys.executable, __file__, url]
    workers = [
        subprocess.Popen(
            [*command, f"p{number}", str(seconds)], stdout=subprocess.PIPE, encoding="utf-8", env=os.environ.copy()
        )
        for number in range(processes)
    ]
    said = [worker.communicate()[0].split() for worker in workers]
    assert [0] * processes == [worker.returncode for worker in workers]
    told = {f"p{number}": int(words[0]) for number, words in enumerate(said)}
    with Casebook(url) as cases:
        assert cases.verify().holds
        with cases.store.reading() as connection:
            found = [one for one in entries(connection, kinds=["decision.comment"]) if one.actor in told]
    texts = [one.body["text"] for one in found]
    assert sorted(texts) == sorted(f"{name} {number}" for name, count in told.items() for number in range(count))
    return {"decisions": len(texts), "conflicts": sum(int(words[1]) for words in said)}


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], float(sys.argv[3]))
