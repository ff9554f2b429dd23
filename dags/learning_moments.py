"""The step that learns of moments: of visits under way, carts left, campaigns sent; where there are any."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import task
from form import WORLD, admit, business_date
from hand_over import told

import regulars
from regulars import config


@task
@told
def train_moments():
    """The version of each model of moments; an empty one where there is too little to learn from."""
    day = admit() + timedelta(days=1)
    from ml.datasets.moments import learnable, training_periods
    from ml.models.train import train_where_possible
    from ml.registry.store import Registry
    from regulars import contracts
    from regulars.build.moments import build_moments

    home = config.home()
    specs = learnable(home.published_database) if home.in_front else []
    periods = training_periods(specs, day, WORLD.alive_from, WORLD.business_zone)
    if not periods:
        return {}
    frames, as_of = build_moments(home, WORLD, periods), WORLD.as_of(business_date())
    given = (frames, Registry(home.models), as_of, home.in_front, regulars.__version__)
    return {spec.name: train_where_possible(spec.name, *given, contracts.moment_features) for spec in specs}
