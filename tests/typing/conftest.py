"""The programs beside this file are read by mypy, not run: tests/test_typing.py says how."""

collect_ignore_glob = ["program_*.py"]
