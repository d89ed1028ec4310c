"""Parts of the reconciliation of payouts with the bank."""
