"""Parts of the reconciliation of orders with shipments."""
