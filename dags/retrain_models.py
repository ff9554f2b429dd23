"""Once a month: train models and look for clusters on the publication in front; a person promotes what is better."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag
from assets import CHAMPION, PUBLICATION
from champions import ANSWER_DAYS, promote, propose, weigh
from fields import params
from learning import build_frames, train
from learning_moments import train_moments
from schedule import DEFAULTS, IN_PROCESS, START, WRITER_POOL, timetable

from ml.learning import names

DOC = """
- **Reads** the publication in front.
- **Writes** *models/*: a version of each model and of the clusters, and the champion's name when it is better.
  What does not beat champion and simple rule on the latest complete horizon is not used; clusters found again stay.
- **Asks** before a champion is replaced, or a cluster dissolves: *approve* shows figures and reasons for three days.
  Reject, or no answer, and the champion stays. A first one, or one for a champion that cannot score, needs no answer.
- **Red?** 'Training refused' says why; the last champion goes on. Of models of moments only the log says it.
"""
APPROVE = Param(
    "auto" if IN_PROCESS else "ask",
    enum=["ask", "auto"],
    title="Approval",
    description="ask: a person approves before a champion is replaced. auto: what is better replaces it.",
)


@dag(
    schedule=timetable("0 5 2 * *"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args={**DEFAULTS, "pool": WRITER_POOL},
    params=params(approve=APPROVE),
    tags=["models"],
    description="Trains every model and the clusters; a person promotes what is better than what scores",
    doc_md=DOC,
)
def retrain_models():
    trained = train.expand(model=names())
    build_frames.override(inlets=[PUBLICATION])() >> trained
    weighed = weigh.override(outlets=[CHAMPION])(trained, train_moments())
    asked = ApprovalOperator(
        task_id="approve",
        subject="Let the challengers score from the next night on?",
        body=propose(weighed),
        defaults=ApprovalOperator.REJECT,
        response_timeout=timedelta(days=ANSWER_DAYS),
        pool="default_pool",  # Who waits for a person holds up nobody who waits for the pool of the one writer.
    )
    asked >> promote.override(outlets=[CHAMPION])(weighed)


dag_of_training = retrain_models()
