"""All rows that are built: importing it registers them."""

from tests.faults import (
    amounts,
    arrived,
    commerce,
    contended,
    dated,
    drifted,
    hostile,
    identified,
    io_errors,
    killed,
    leaked,
    power,
    pulled,
    resumed,
    starved,
    torn,
    written,
)
from tests.faults.registry import FAULTS

__all__ = [
    "FAULTS",
    "amounts",
    "arrived",
    "commerce",
    "contended",
    "dated",
    "drifted",
    "hostile",
    "identified",
    "io_errors",
    "killed",
    "leaked",
    "power",
    "pulled",
    "resumed",
    "starved",
    "torn",
    "written",
]
