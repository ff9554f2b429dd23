"""Regulars: the open customer-segmentation pipeline. Start at docs/architecture.md."""

__version__ = "0.1.0"
