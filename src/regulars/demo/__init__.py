"""Published data sets, laid out as source systems would drop them, day by day."""

from regulars.demo.extract import extract

__all__ = ["extract"]
