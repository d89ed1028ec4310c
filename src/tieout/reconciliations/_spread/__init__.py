"""What reconciliations share whose records are spread over the buckets of a cluster."""
