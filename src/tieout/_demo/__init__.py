"""The bundled month: two couriers' bills for October 2026, what was shipped, the contracts, and the errors that were planted.

Synthetic, and written by `tests/demo/generate.py`; `planted.csv` is the truth that `tieout demo` is held to. The
`*_mapping.toml` files say how the tables are read, the `*_contract.toml` files are the rate cards.
"""
