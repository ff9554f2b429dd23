"""The truth about a simulated shop, for tests and for whoever measures a method by it. Never a part of the inbox."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import durable
from regulars.config import Home
from regulars.demo.simulate.blocks import Plan
from regulars.demo.simulate.catalogue import CAMPAIGN_DAYS, CAMPAIGN_STARTS, CAMPAIGNS, CATEGORIES
from regulars.demo.simulate.contacts import FIRST_CONTACT_ID

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def folder(home: Home) -> Path:
    """Where it stands in a home."""
    return home.root / "truth"


def write_truth(home: Home, plan: Plan) -> None:
    """Write the files of the truth that are not there yet.

    person: one row a person, guests too, with what is latent in them; visitor: one a browser, a bot's has no person;
    campaign: one each; campaign_person: whom each campaign was for, and who was left out to measure it. The labels of
    the home say of each contact whose it is: by them a night tells how well it joins records.
    """
    if not home.labels.exists():
        durable.write_text(home.labels, labels(plan))
    tables = {"person": _persons, "visitor": _visitors, "campaign": _campaigns, "campaign_person": _contacted}
    for name, rows in tables.items():
        path = folder(home) / f"{name}.parquet"
        if not path.exists():
            durable.write_whole(path, partial(_write, rows(plan)))


def _write(rows: pa.Table, part: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(rows, part, compression="zstd")


def labels(plan: Plan) -> str:
    """Of each contact, by its number, the person whose it is: a CSV of record_key and person."""
    first, second = (plan.kept.of_person(second=is_second).tolist() for is_second in (False, True))
    lines = [
        f"{FIRST_CONTACT_ID + record},{person}"
        for person, pair in enumerate(zip(first, second, strict=True), start=1)
        for record in pair
        if record >= 0
    ]
    return "\n".join(["record_key,person", *lines]) + "\n"


def _persons(plan: Plan) -> pa.Table:
    """``churned_on`` may lie after the last day; rates are before season and campaigns."""
    import numpy as np
    import pyarrow as pa

    crowd = plan.crowd
    first, second = (plan.kept.of_person(second=is_second) for is_second in (False, True))
    records = [
        [FIRST_CONTACT_ID + record for record in pair if record >= 0]
        for pair in zip(first.tolist(), second.tolist(), strict=True)
    ]
    return pa.table(
        {
            "person_id": np.arange(crowd.count) + 1,
            "contact_ids": pa.array(records + [[]] * crowd.guests, pa.list_(pa.int64())),
            "email": plan.mail,
            "is_guest": np.arange(crowd.count) >= crowd.customers,
            "is_test": crowd.is_test,
            "joined_on": _dates(plan, crowd.joined_day),
            "churned_on": _dates(plan, crowd.churned_day),
            "visits_per_day": crowd.visits_a_day,
            "orders_per_checkout": crowd.order_rate,
            "spend_level": crowd.spend_level,
            "preferred_category": pa.array(CATEGORIES).take(pa.array(crowd.category)),
            "campaign_uplift": crowd.campaign_uplift,
        }
    )


def _visitors(plan: Plan) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    number = np.arange(len(plan.browsers.anonymous_id))
    is_bot = number >= 2 * plan.crowd.count
    return pa.table(
        {
            "anonymous_id": plan.browsers.anonymous_id,
            "person_id": pa.array(number // 2 + 1, mask=is_bot),
            "is_bot": is_bot,
        }
    )


def _campaigns(plan: Plan) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    starts = np.array(CAMPAIGN_STARTS)
    return pa.table(
        {
            "campaign": pa.array(CAMPAIGNS),
            "starts_on": _dates(plan, starts),
            "ends_before": _dates(plan, starts + CAMPAIGN_DAYS),
        }
    )


def _contacted(plan: Plan) -> pa.Table:
    """Whoever agreed to e-mail when joining, and has joined by then."""
    import numpy as np
    import pyarrow as pa

    crowd = plan.crowd
    is_meant = crowd.agrees_to_email[:, None] & (crowd.joined_day[:, None] <= np.array(CAMPAIGN_STARTS)[None, :])
    is_meant[crowd.customers :] = False
    campaign, person = np.nonzero(is_meant.T)
    return pa.table(
        {
            "campaign": pa.array(CAMPAIGNS).take(pa.array(campaign)),
            "person_id": person + 1,
            "is_contacted": crowd.is_contacted[person, campaign],
        }
    )


def _dates(plan: Plan, day: np.ndarray) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    return pa.array(np.datetime64(plan.calendar.first_day, "D") + day)
