"""Spark's own programs as processes on loopback: a Connect server, and a standalone cluster of a master and two workers.

All of them end with the block that started them, and on Linux also when this process is killed.
"""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[3]
LIMIT_S = 300
WORKERS = 2
DEPLOY = "org.apache.spark.deploy"
PORTS = ("--port", "0", "--webui-port", "0")
SIZE = ("--cores", "1", "--memory", "1g")
LEAN = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss2m"
"""Such programs live for seconds: the second compiler and its threads never pay."""


def settings(folder):
    """What every session of the tests is set to.

    Args:
        folder: Where it may write.
    """
    return {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": LEAN,
        "spark.executor.extraJavaOptions": LEAN,
        "spark.local.dir": str(folder / "local"),
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


def as_words(given):
    """Settings as arguments of a command line."""
    return [word for name, value in given.items() for word in ("--conf", f"{name}={value}")]


def environment():
    """Variables of Spark's programs: this Python, and for its workers this checkout with its tests and their functions."""
    ours = [*(str(ROOT / name) for name in ("src", "tests", ".")), os.environ.get("PYTHONPATH", "")]
    hidden = {"SPARK_HOME", "SPARK_CONF_DIR", "SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED", "PYSPARK_SUBMIT_ARGS"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | {
        "POLARS_MAX_THREADS": "1",
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, ours)),
        "SPARK_DAEMON_JAVA_OPTS": LEAN,
        "SPARK_DAEMON_MEMORY": "2g",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def program(name, *arguments):
    """The command line of a program in pyspark's `bin`; it dies with this process where the system can do that."""
    import pyspark

    tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    return [*tied, str(Path(pyspark.__file__).parent / "bin" / name), *map(str, arguments)]


def started(command, said, folder):
    """A process that works in a folder and says all to one file."""
    return subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=folder)


def descendants(pid):
    """Ids of a process and of all that it started, itself first."""
    children = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            numbered, _, rest = path.read_text(encoding="utf-8", errors="replace").rpartition(")")
            children[int(rest.split()[1])].append(int(numbered.split()[0]))
    found = [pid]
    for one in found:
        found.extend(children[one])
    return found


def kill(process):
    """Kill a process and all that it started, at once and without a word to them."""
    for pid in descendants(process.pid) if process.poll() is None else []:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(timeout=LIMIT_S)


def wait_for(answer, what, *, process=None, log=None):
    """The answer of a function as soon as it has one.

    Args:
        answer: Called until it gives something.
        what: What is waited for, for the error.
        process: What must live meanwhile.
        log: What is shown if it does not.
    """
    end = time.monotonic() + LIMIT_S
    while not (found := answer()):
        told = log.read_text(encoding="utf-8", errors="replace")[-4000:] if log else ""
        assert process is None or process.poll() is None, f"{what}: ended with {process.returncode}\n{told}"
        assert time.monotonic() < end, f"{what}: not within {LIMIT_S} s\n{told}"
        time.sleep(0.05)
    return found


@contextmanager
def running(command, log, says):
    """A process as long as the block, from the moment its log says something.

    Args:
        command: Program and arguments.
        log: File that takes what it says.
        says: Pattern with which the log tells that it is ready.

    Yields:
        The process, and what the pattern found.
    """
    with log.open("wb") as said:
        process = started(command, said, log.parent)
    try:
        yield (
            process,
            wait_for(
                lambda: re.search(says, log.read_text(encoding="utf-8", errors="replace")),
                f"{log.name} says {says}",
                process=process,
                log=log,
            ),
        )
    finally:
        kill(process)


@contextmanager
def connect_server(folder):
    """Address of a Spark Connect server with a Spark of its own, `local[2]`."""
    given = settings(folder) | {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
        "spark.master": "local[2]",
        "spark.log.level": "INFO",
    }
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    command = program("spark-submit", "--class", server, *as_words(given), "spark-internal")
    with running(command, folder / "connect.log", r"Spark Connect server started at: .*?(\d+)\s") as (_, found):
        yield f"sc://127.0.0.1:{found[1]}"


@attrs.frozen(kw_only=True, eq=False)
class Cluster:
    """A standalone cluster.

    Attributes:
        url: Address of its master.
        folder: Logs of all, and whatever jobs leave.
        workers: Processes by their names; each has one core and an address of its own, as no host gets a task twice, and starts
            a process per job that is its executor.
    """

    url: str
    folder: Path
    workers: dict = attrs.field(factory=dict, init=False)
    _ends: ExitStack = attrs.field(factory=ExitStack, init=False)

    def start_workers(self):
        """Start workers until there are two."""
        for number in itertools.count():
            if len(self.workers) == WORKERS:
                return
            name = f"worker{number}"
            log = self.folder / f"{name}.log"
            if not log.exists():
                own = ("--host", f"127.0.0.{2 + number}", *PORTS, "--work-dir", self.folder / name)
                worker = program("spark-class", f"{DEPLOY}.worker.Worker", *own, *SIZE, self.url)
                block = running(worker, log, "Successfully registered with master")
                self.workers[name] = self._ends.enter_context(block)[0]

    def kill_worker(self, name):
        """Kill a worker and its executors without a word to them."""
        kill(self.workers.pop(name))

    def end(self):
        """End all workers."""
        self._ends.close()

    @contextmanager
    def job(self, script, *arguments, options=()):
        """A Python program submitted to the cluster, as long as the block; two workers are there when it starts.

        Args:
            script: Path of the program, which is the driver of its session.
            arguments: Its own.
            options: Settings of Spark in place of ours.
        """
        self.start_workers()
        words = as_words(settings(self.folder) | dict(options))
        command = program("spark-submit", "--master", self.url, *words, script, *arguments)
        log = self.folder / f"{Path(script).stem}.log"
        with log.open("wb") as said:
            process = started(command, said, self.folder)
        try:
            yield Job(process=process, log=log)
        finally:
            kill(process)


@attrs.frozen(kw_only=True, eq=False)
class Job:
    """A program that was submitted.

    Attributes:
        process: Its driver.
        log: What it said.
    """

    process: subprocess.Popen
    log: Path

    def wait(self, answer, what):
        """The answer of a function as soon as it has one; an error once the job has ended."""
        return wait_for(answer, what, process=self.process, log=self.log)

    def end(self):
        """What it said, once it has ended well."""
        code = self.process.wait(timeout=LIMIT_S)
        said = self.log.read_text(encoding="utf-8", errors="replace")
        assert 0 == code, said[-4000:]
        return said


@contextmanager
def standalone(folder):
    """A master and two workers of one core each, on free ports of loopback."""
    master = program("spark-class", f"{DEPLOY}.master.Master", "--host", "127.0.0.1", *PORTS)
    with running(master, folder / "master.log", r"Starting Spark master at (spark://\S+)") as (_, found):
        cluster = Cluster(url=found[1], folder=folder)
        try:
            cluster.start_workers()
            yield cluster
        finally:
            cluster.end()
