"""Once a month: train each model of conf/models on the publication in front; promote what is better."""

from __future__ import annotations

from airflow.sdk import dag
from assets import CHAMPION, PUBLICATION
from form import params
from learning import build_frames, promote, train
from schedule import DEFAULTS, START, WRITER_POOL, timetable

from ml.models.spec import spec_names

DOC = """
- **Reads** the publication in front.
- **Writes** *models/*: a version of each model, and the champion's name when it is better.
  The latest complete horizon is kept for measuring. What does not beat the champion and the simple rule is not used.
- **Red?** 'Training refused' says why (too few customers, one outcome only); the last champion goes on scoring.
"""


@dag(
    schedule=timetable("0 5 2 * *"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args={**DEFAULTS, "pool": WRITER_POOL},
    params=params(),
    tags=["models"],
    description="Trains churn and lifetime value; promotes what beats the champion and the simple rule",
    doc_md=DOC,
)
def retrain_models():
    trained = train.expand(model=spec_names())
    build_frames.override(inlets=[PUBLICATION])() >> trained
    promote.override(outlets=[CHAMPION])(trained)


dag_of_training = retrain_models()
