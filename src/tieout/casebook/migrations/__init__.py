"""Versions of the schema: one module each, `v001_log.py`, `v002_...`, run in order and never changed once released."""
