"""What a night of scoring takes, and what of it is reading and writing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bench import steps
from bench.blocks import Block, Goal
from bench.measured import measured
from ml.datasets.frame import Rows
from ml.datasets.schema import feature_schema
from ml.models.ensemble import Ensemble, Prediction
from ml.models.spec import load_spec, spec_names
from ml.registry.store import Registry
from ml.scoring.score import Scorer, choose_scorer, score_customers, write_scores
from regulars import config, contracts, warehouse

ROWS_AND_BOOSTERS, DATA_PATH = 90_000, 0.1
"""The goals: customers and boosters a CPU second at least, and reading and writing beside predicting at most."""


def scoring(seed: int) -> Block:
    """The night in front of this home, built and scored again."""
    night = config.world().last_business_date
    folder = config.home().candidates / "bench"
    measured(steps.build, folder, night, True)
    whole = measured(score, folder, night)
    alone = measured(scores_alone, folder, night).outcome
    figures = {
        "a CPU second": alone.per_cpu_second,
        "moving rows": alone.data_path,
        "scores, CPU s": alone.cpu_seconds,
        "opening, CPU s": alone.opening,
        "whole, CPU s": whole.cpu_seconds,
        "peak MB": whole.peak_mb,
    }
    return Block(
        f"scoring · churn and ltv of {alone.customers:,} customers, {alone.boosters} boosters",
        str(seed),
        {"ours": figures},
        ceiling=("predicting alone", {"a CPU second": alone.customers * alone.boosters / alone.predicting}),
        goals={"a CPU second": Goal(ROWS_AND_BOOSTERS, is_floor=True), "moving rows": Goal(DATA_PATH)},
        notes=(
            "a CPU second: customers, each counted for every booster, from the database to the written mart; "
            "moving rows: reading and writing them, as a share of predicting",
            "whole: all that a night scores, reasons, clusters and forecasts among it, and imports",
        ),
    )


def score(folder: Path, night: date) -> int:
    """Score the customers of a candidate by all that is in use, reasons, clusters and forecasts among it; gives how
    many customers there are.
    """
    home, world = config.home(), config.world()
    told = score_customers(folder, home.models, world.as_of(night), contracts.features())
    return int(told[spec_names()[0]]["customers"])


@dataclass(frozen=True)
class Scored:
    """What scores alone took: CPU seconds from the database to the written mart; of them, until the database was open
    and the champions loaded, and those of the predictions.
    """

    customers: int
    boosters: int
    cpu_seconds: float
    opening: float
    predicting: float

    @property
    def per_cpu_second(self) -> float:
        """Customers, each counted once for every booster asked, a CPU second."""
        return self.customers * self.boosters / self.cpu_seconds

    @property
    def moving(self) -> float:
        """CPU seconds of reading rows and writing scores."""
        return self.cpu_seconds - self.opening - self.predicting

    @property
    def data_path(self) -> float:
        """The same, as a share of those of predicting."""
        return self.moving / self.predicting


@dataclass(frozen=True)
class _Timed(Scorer):
    """A scorer that notes the CPU seconds of its predictions."""

    spent: list[float] = field(default_factory=list)

    def predict(self, rows: Rows) -> Prediction:
        begun = time.process_time()
        said = super().predict(rows)
        self.spent.append(time.process_time() - begun)
        return said


def scores_alone(folder: Path, night: date) -> Scored:
    """Write the scores of the champions, libraries loaded before and without reasons; the candidate stays as it was."""
    home, as_of = config.home(), config.world().as_of(night)
    import lightgbm  # noqa: F401 - what is measured is scoring
    import pyarrow as pa  # noqa: F401

    begun = time.process_time()
    with warehouse.candidate(folder) as connection:
        schema = feature_schema(connection, contracts.features())
        chosen = [choose_scorer(Registry(home.models), load_spec(name), schema) for name in spec_names()]
        scorers = [_Timed(**vars(scorer)) for scorer in chosen]
        opening = time.process_time() - begun
        connection.execute("begin transaction")
        connection.execute("create schema if not exists work.score")
        customers = write_scores(connection, scorers, schema, as_of)
        taken = time.process_time() - begun
        connection.execute("rollback")
    boosters = sum(len(scorer.fitted.booster_texts) for scorer in scorers if isinstance(scorer.fitted, Ensemble))
    return Scored(customers, boosters, taken, opening, sum(sum(scorer.spent) for scorer in scorers))
