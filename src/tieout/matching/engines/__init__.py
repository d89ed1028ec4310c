"""Engines: what carries a plan out; one file each, found by name. `_base` says what an engine is."""
