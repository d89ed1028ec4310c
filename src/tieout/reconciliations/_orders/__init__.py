"""Parts of the reconciliation of orders with the ERP."""
