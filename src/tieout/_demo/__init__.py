"""The bundled months: made up, the same on every run, and each with the truth that it is held to.

`month` is a shop's October 2026, as its files were downloaded: two platforms, two couriers, a warehouse, a bank; `tieout demo`
closes it, and `month/truth.csv` says what was planted. It is written by `tests/demo/make_month.py`.

The files beside it are two couriers' bills of the same month in depth, with every way in which a bill can be wrong, for
`tieout demo --couriers`; `planted.csv` is their truth. They are written by `tests/demo/generate.py`. The `*_mapping.toml` files
say how the tables are read, the `*_contract.toml` files are the rate cards.
"""
