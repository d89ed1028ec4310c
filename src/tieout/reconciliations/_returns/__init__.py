"""Parts of the reconciliation of returned goods."""
