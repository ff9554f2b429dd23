"""The segment language: a definition of `conf/segments` becomes a typed tree, and that SQL and plain English."""
