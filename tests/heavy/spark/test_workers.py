"""Workers answer as the driver would: they have its versions or say which they have, and their errors arrive as they were raised."""

import os
import subprocess
import sys

import pytest

from heavy.spark.breaking import refused
from tieout._spark.workers import carried, named, spoken
from tieout.errors import InputError, MissingColumn, UnknownCurrency, WrongColumnType

cloudpickle = pytest.importorskip("pyspark.cloudpickle")
ALONE = "import sys; from pyspark import cloudpickle; print(cloudpickle.loads(sys.stdin.buffer.read())(20))"


def doubled(number):
    return 2 * number


def by_a_worker(work, path=()):
    """What comes of a work in a process of its own, which has these folders before all others."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, path), *sys.path])}
    ran = subprocess.run(
        [sys.executable, "-c", ALONE], input=cloudpickle.dumps(work), env=environment, capture_output=True, check=False
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr.decode())
    return ran.stdout.decode().strip()


def test_a_worker_with_the_same_versions_does_its_work():
    assert "40" == by_a_worker(carried(lambda number: 2 * number))


@pytest.mark.parametrize("name", ["tieout", "polars"])
def test_a_worker_with_another_version_names_both_though_it_could_not_read_its_work(tmp_path, name):
    (tmp_path / f"{name}.py").write_text('__version__ = "0.0.7"\n')

    words = rf"(?s)a worker has .*{name} 0\.0\.7.*, the driver .*{name}.*Hint: install"
    with pytest.raises(InputError, match=words), spoken():
        by_a_worker(carried(refused), [tmp_path])


def test_a_worker_that_numbers_keys_otherwise_says_so(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import polars\nhash = polars.Series.hash\npolars.Series.hash = lambda keys, seed: hash(keys, seed + 1)\n"
    )

    with pytest.raises(InputError, match="a worker's Polars numbers keys otherwise than the driver's"), spoken():
        by_a_worker(carried(refused), [tmp_path])


def test_a_worker_without_tieout_says_so(tmp_path):
    (tmp_path / "tieout.py").write_text("raise ImportError")

    with pytest.raises(InputError, match="a worker has tieout not installed and polars"), spoken():
        by_a_worker(carried(refused), [tmp_path])


def test_a_worker_with_another_python_is_told_in_our_words():
    from pyspark.errors import PySparkRuntimeError

    with pytest.raises(InputError, match=r"a worker has Python 3\.9, the driver 3\.12"), spoken():
        raise PySparkRuntimeError(
            errorClass="PYTHON_VERSION_MISMATCH", messageParameters={"worker_version": "3.9", "driver_version": "3.12"}
        )


ERRORS = [
    MissingColumn(["a", "b"], found=["c"], where="left side", hint="name it"),
    WrongColumnType("column 'a' is text", where="right side"),
    UnknownCurrency("'B1' is no currency", where="line 4"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_of_ours_arrives_as_it_was_raised(error):
    with pytest.raises(type(error)) as caught, spoken(), named("bucket 3"):
        raise error

    assert type(error) is type(caught.value)
    assert str(error) == str(caught.value)
    assert vars(error) == vars(caught.value)


def test_an_error_that_says_no_place_gets_that_of_the_worker():
    with pytest.raises(WrongColumnType, match=r"^bucket 3: what it is$") as caught, spoken(), named("bucket 3"):
        raise WrongColumnType("what it is")

    assert "bucket 3" == caught.value.where


def test_another_error_becomes_one_of_ours():
    words = r"^bucket 3: a worker of Spark could not go on: ZeroDivisionError: why$"
    with pytest.raises(InputError, match=words), spoken(), named("bucket 3"):
        raise ZeroDivisionError("why")


def test_what_no_worker_said_is_left_alone():
    with pytest.raises(ZeroDivisionError), spoken():
        raise ZeroDivisionError
