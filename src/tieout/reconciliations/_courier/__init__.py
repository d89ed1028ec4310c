"""The steps of the courier bill reconciliation, each on columns."""
