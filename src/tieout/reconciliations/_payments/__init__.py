"""Parts of the reconciliation of orders with the bills of payment channels."""
