"""The simulated shop, written as the files of other systems and imported, comes to what is so in it, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from regulars import config, warehouse
from regulars.build.candidate import lay_out, night_origin
from regulars.build.layers import build_layer
from regulars.config import Home
from regulars.demo.simulate.exports import Told
from regulars.resolve.registry import resolve_customers
from tests.imports.conftest import land

WITH_ORDERS = ("shopify", "woocommerce", "stripe", "magento", "transactions")
Simulated = Callable[[str], tuple[list[Path], Told]]


def night(home: Home) -> Path:
    """A candidate with stage, customers and profile of everything that was imported."""
    world = config.world("lamps")
    day = world.last_business_date
    folder = lay_out(home.candidate(day), home, world, day, [night_origin(world, day)])
    build_layer(folder, "stage")
    resolve_customers(folder, home, world)
    build_layer(folder, "profile")
    return folder


def test_every_system_tells_the_same_orders_revenue_and_refunds(home: Home, simulated: Simulated) -> None:
    files = [path for name in (*WITH_ORDERS, "hubspot", "mailchimp") for path in simulated(name)[0]]
    land(home, *files)
    told = simulated("shopify")[1]
    with warehouse.candidate(night(home), read_only=True) as connection:
        placed = connection.execute(
            "select replace(source, 'lamps_', ''), count(*), sum(net_revenue) from regulars.marts.fct_order group by 1"
        ).fetchall()
        refunded = connection.execute(
            "select replace(source, 'lamps_', ''), sum(amount) from regulars.marts.fct_refund "
            "join regulars.marts.fct_order using (order_id) group by 1"
        ).fetchall()
        joined = connection.execute(
            "select count(*), count(distinct customer_id) from regulars.marts.bridge_customer_identifier"
        ).fetchone()
    assert {name: (orders, revenue) for name, orders, revenue in placed} == dict.fromkeys(
        WITH_ORDERS, (told.orders, told.revenue)
    )
    # A plain table says nothing of refunds.
    assert dict(refunded) == {name: told.refunds for name in WITH_ORDERS if name != "transactions"}
    assert joined and joined[0] > 3 * joined[1], "records of several systems are joined by e-mail"
