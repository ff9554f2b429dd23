"""Measurements that can be repeated: CPU seconds and peak memory, each beside a rival or a goal of the same run."""
