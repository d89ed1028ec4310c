"""Sessions of Spark that the heavy tests share; each is started by the first test that asks for it.

A test that asks for `connect` runs as a program that has nothing but Spark Connect; any other as one without it. Both kinds may live
in one process, one test after the other.
"""

import importlib.util
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from heavy.spark.spark_processes import connect_server, environment, settings, standalone

collect_ignore = ["unsteady_job.py"]  # a program of its own, without doctests
SWITCH = "SPARK_CONNECT_MODE_ENABLED"
PANDAS = "ignore:PySpark does not yet fully support pandas"  # which is not used here


def pytest_itemcollected(item):
    """What pyspark says of a library that its sessions only look for is no failure."""
    item.add_marker(pytest.mark.filterwarnings(PANDAS))


@pytest.fixture(scope="session")
def spark_folder(tmp_path_factory):
    """Where the sessions may write; a test without pyspark or Java is skipped."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: pip install '.[heavy]'")
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        pytest.skip("Spark needs Java 17, which is not installed")
    if not Path("/proc/self/stat").exists():
        pytest.skip("the processes that Spark starts are found in /proc, which this system has not")
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="session")
def classic(spark_folder):
    """A session in this process's own Spark, `local[2]`, with four shuffle partitions."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("tieout tests")
    for name, value in settings(spark_folder).items():
        builder = builder.config(name, value)
    with as_programs_see(environment()), no_connect():
        session = builder.getOrCreate()
    gateway = session.sparkContext._gateway
    yield session
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=60)


@contextmanager
def as_programs_see(environment):
    """These environment variables and no others, as long as the block."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def connect(spark_folder):
    """A Spark Connect session; its server is a process of its own with a Spark of its own, as `classic` otherwise."""
    from pyspark.sql.connect.session import SparkSession

    folder = spark_folder / "connect"
    folder.mkdir()
    with connect_server(folder) as address:
        session = SparkSession.builder.remote(address).getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="session")
def cluster(spark_folder):
    """A standalone cluster: a master and two workers, each a process."""
    folder = spark_folder / "cluster"
    folder.mkdir()
    with standalone(folder) as started:
        yield started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """As the test asks, from its own fixtures on."""
    with as_asked(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """As the test asks."""
    with as_asked(item):
        return (yield)


def as_asked(item):
    return only_connect() if "connect" in item.fixturenames else no_connect()


@contextmanager
def only_connect():
    """As in a program whose only session is of Spark Connect: what would reach for a context finds none."""
    if importlib.util.find_spec("pyspark") is None:
        yield
        return
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "1")
        for name in ("_active_spark_context", "_gateway", "_jvm"):
            patch.setattr(SparkContext, name, None)
        for name in ("_instantiatedSession", "_activeSession"):
            patch.setattr(SparkSession, name, None)
        yield


@contextmanager
def no_connect():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(SWITCH, raising=False)
        yield
