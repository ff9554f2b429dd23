"""CDNOW, the 1/10 sample: every purchase of 2,357 people in eighteen months, as one load of history.

Source: Fader and Hardie, by way of the package lifetimes. Its file has the customer's number in the whole cohort, the
number in the sample, the date, the discs bought and the dollars paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from regulars.config import World
from regulars.demo.series import Series, package_folder, zipped

_HEADER = "customer_id,master_customer_id,purchased_on,cds,amount"


def deliveries(world: World) -> list[Series]:
    """One file on the last business date."""
    name = f"transactions/purchase_{world.last_business_date}.csv.gz"
    return [Series("purchases", (name,), lambda: _purchases(name))]


def _purchases(name: str) -> Iterator[tuple[str, bytes]]:
    published = package_folder("lifetimes") / "datasets" / "CDNOW_sample.txt"
    rows = [_HEADER]
    for line in published.read_text().splitlines():
        master_id, sample_id, day, cds, amount = line.split()
        rows.append(f"{int(sample_id)},{int(master_id)},{date.fromisoformat(day)},{cds},{amount}")
    yield name, zipped("\n".join(rows) + "\n")
