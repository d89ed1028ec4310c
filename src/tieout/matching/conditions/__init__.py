"""Conditions: one file each; `_base` says what a key and a gate are."""
