"""Parts of the reconciliation of documents with what moved in the warehouse."""
