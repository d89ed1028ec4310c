"""Parts of the settlement reconciliation, one step of the way of the data each."""
