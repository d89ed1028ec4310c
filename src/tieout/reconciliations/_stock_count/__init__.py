"""The steps of the stock count reconciliation, each on columns."""
