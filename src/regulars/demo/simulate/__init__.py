"""A simulated shop: people whose truth is known, and what its source systems would drop about them day by day."""

from regulars.demo.simulate.drops import simulate, simulate_days
from regulars.demo.simulate.shop import Shop

__all__ = ["Shop", "simulate", "simulate_days"]
