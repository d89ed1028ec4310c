"""Commands of `tieout` that have modules of their own; `tieout.cli` puts them together.

Floor 8.
"""
