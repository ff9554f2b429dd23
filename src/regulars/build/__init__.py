"""Prepares the private candidate of a night and builds its facts with dbt, one invocation a layer."""
