"""The programs beside this file raise on purpose: tests/test_errors.py runs them, pytest does not collect them."""

collect_ignore_glob = ["*/*.py"]
