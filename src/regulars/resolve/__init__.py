"""Source records become customers. Today one shared customer number is one customer."""
