"""What all tests share: how Hypothesis runs."""

import os

from hypothesis import HealthCheck, settings

# A loaded machine is no failure, so nothing is judged by time; in CI the same examples are tried every time.
settings.register_profile(
    "tieout",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tieout")
