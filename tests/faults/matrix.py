"""All rows that are built: importing it registers them."""

from tests.faults import arrived, contended, hostile, killed, written
from tests.faults.registry import FAULTS

__all__ = ["FAULTS", "arrived", "contended", "hostile", "killed", "written"]
