"""Once a month: train each model of conf/models on the publication in front; promote what is better."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task
from assets import CHAMPION, PUBLICATION
from hand_over import DEFAULTS, START, WORLD, WRITER_POOL, admit, business_date, params, timetable, told

import regulars
from ml.models.spec import load_spec, spec_names
from regulars import config

DOC = """
**Reads** the publication in front. **Writes** `models/`: a version each, and the champion's name when it is better.

The latest complete horizon is kept for measuring. A version that is not better than the champion and than the simple
rule is kept, and not used.

**Red?** 'Training refused' says why (too few customers, one outcome only); the last champion goes on scoring.
"""


@task(inlets=[PUBLICATION])
@told
def build_frames():
    from ml.datasets.origins import origins_of
    from regulars.build.training import build_frames as build

    day, specs = admit() + timedelta(days=1), [load_spec(name) for name in spec_names()]
    return str(build(config.home(), WORLD, origins_of(specs, day, WORLD.alive_from, WORLD.business_zone)))


@task
@told
def train(model: str):
    from ml.models.train import train as fit
    from ml.registry.store import Registry
    from regulars import contracts

    home, as_of = config.home(), WORLD.as_of(business_date())
    frames, registry = home.candidates / "training", Registry(home.models)
    return fit(model, frames, registry, as_of, home.in_front, regulars.__version__, contracts.features())


@task(outlets=[CHAMPION])
@told
def promote(versions: list[str]):
    from ml.registry.promotion import promote_if_better
    from ml.registry.store import Registry

    registry = Registry(config.home().models)
    return [
        promote_if_better(registry, load_spec(model), version)
        for model, version in zip(spec_names(), versions, strict=True)
    ]


@dag(
    schedule=timetable("0 5 2 * *"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args={**DEFAULTS, "pool": WRITER_POOL},
    params=params(),
    tags=["models"],
    doc_md=DOC,
)
def retrain_models():
    frames, trained = build_frames(), train.expand(model=spec_names())
    frames >> trained
    promote(trained)


dag_of_training = retrain_models()
