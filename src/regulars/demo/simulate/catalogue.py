"""What the shop sells, and which campaigns it runs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.demo.simulate.shop import HORIZON_DAYS, Shop

if TYPE_CHECKING:
    import numpy as np

CATEGORIES = (
    "Coffee", "Tea", "Chocolate", "Wine", "Spices", "Cookware", "Tableware", "Linen", "Garden", "Candles", "Books",
    "Toys",
)  # fmt: skip
DEPARTMENTS = ("Pantry",) * 5 + ("Kitchen",) * 3 + ("Home",) * 4
PRODUCTS_A_CATEGORY = 40
FIRST_PRODUCT_ID = 1001

CAMPAIGN_EVERY_DAYS, FIRST_CAMPAIGN_DAY, CAMPAIGN_DAYS = 30, 12, 4
CAMPAIGN_STARTS = range(FIRST_CAMPAIGN_DAY, HORIZON_DAYS, CAMPAIGN_EVERY_DAYS)
CAMPAIGNS = tuple(f"letter_{number:02}" for number in range(1, len(CAMPAIGN_STARTS) + 1))


@dataclass(frozen=True)
class Catalogue:
    """Products by number: category by category, each from cheap to dear. A price is in cents."""

    price_cents: np.ndarray
    weight: np.ndarray
    """How often each category is looked for by those who do not prefer another."""

    def pick(self, category: np.ndarray, spend_level: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """A product of each category; the higher the spend level, the dearer. ``drawn`` is uniform in [0, 1)."""
        rank = (PRODUCTS_A_CATEGORY * drawn ** (1 / spend_level)).astype("int64")
        return category * PRODUCTS_A_CATEGORY + rank


def catalogue(shop: Shop) -> Catalogue:
    """The products of ``shop``."""
    import numpy as np

    random = shop.random("catalogue")
    level = random.uniform(4, 40, len(CATEGORIES))
    prices = np.sort(level[:, None] * np.exp(random.normal(0, 0.5, (len(CATEGORIES), PRODUCTS_A_CATEGORY))), axis=1)
    cents = (np.maximum(prices, 1.5) * 10).astype("int64") * 10 - 1
    return Catalogue(cents.ravel(), random.dirichlet(np.full(len(CATEGORIES), 3.0)))


def product_file() -> bytes:
    """The catalogue as the shop's system drops it once, as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = range(len(CATEGORIES) * PRODUCTS_A_CATEGORY)
    category = [number // PRODUCTS_A_CATEGORY for number in numbers]
    rows = {
        "product_id": pa.array([FIRST_PRODUCT_ID + number for number in numbers], pa.int64()),
        "manufacturer_id": pa.array([number % 37 + 1 for number in numbers], pa.int64()),
        "department": [DEPARTMENTS[number] for number in category],
        "brand": ["House" if number % 5 == 0 else f"Brand {number % 37 + 1}" for number in numbers],
        "product_category": [CATEGORIES[number] for number in category],
        "product_type": [f"{CATEGORIES[number // PRODUCTS_A_CATEGORY]} {number % 8 + 1}" for number in numbers],
        "package_size": [("small", "usual", "large")[number % 3] for number in numbers],
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(rows), buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()
