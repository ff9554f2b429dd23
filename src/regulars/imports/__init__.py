"""Exports people really have: told apart by `conf/formats`, and given a contract, a world and a place in the inbox."""
