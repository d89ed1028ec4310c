"""Parts of the tie-out of the books."""
