"""The steps that learn and that score, each one call into `ml/`."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import task
from form import WORLD, admit, business_date
from hand_over import told

import regulars
from ml import learning as learned
from ml.models.spec import load_spec, spec_names
from regulars import config


@task
@told
def build_frames():
    # Before anything is loaded that a skipped run does not need.
    day = admit() + timedelta(days=1)
    from ml.datasets.origins import origins_of
    from regulars.build.training import build_frames as build

    specs = [load_spec(name) for name in spec_names()]
    build(config.home(), WORLD, origins_of(specs, day, WORLD.alive_from, WORLD.business_zone))


@task(map_index_template="{{ task.op_kwargs['model'] }}")
@told
def train(model: str):
    home, as_of = config.home(), WORLD.as_of(business_date())
    frames = home.candidates / "training"
    return learned.train(model, frames, home.models, as_of, home.in_front, regulars.__version__)


@task
@told
def score():
    from ml.datasets.moments import OPEN_CARTS
    from ml.scoring.carts import score_carts
    from ml.scoring.score import score_customers
    from regulars import contracts

    home, day = config.home(), business_date()
    folder, as_of = home.candidate(day), WORLD.as_of(day)
    customers = score_customers(folder, home.models, as_of, contracts.features())
    return customers | score_carts(folder, home.models, as_of, contracts.moment_features(OPEN_CARTS))
