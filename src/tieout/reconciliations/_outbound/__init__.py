"""Parts of the reconciliation of stock that left with orders and parcels."""
