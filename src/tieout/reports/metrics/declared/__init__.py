"""Declarations of metrics: every file here has `METRICS`; adding one edits nothing else."""
