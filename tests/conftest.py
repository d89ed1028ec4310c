"""What all tests share: how Hypothesis runs, and how many threads a worker has."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

# Workers of pytest-xdist share the processor already; a pool of threads in each only hands tiny frames about. Programs that
# tests start, and all that runs without workers, have threads as users do.
if "PYTEST_XDIST_WORKER" in os.environ and "POLARS_MAX_THREADS" not in os.environ:
    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars as pl

    pl.thread_pool_size()
    del os.environ["POLARS_MAX_THREADS"]

# A loaded machine is no failure, so nothing is judged by time; in CI the same examples are tried every time.
settings.register_profile(
    "tieout",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tieout")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Tens of thousands of tests are found once and stay: what looks for garbage need not go through them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
