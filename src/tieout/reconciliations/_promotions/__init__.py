"""Parts of the reconciliation of promotions."""
