"""Once a month: train each model of conf/models on the publication in front; a person promotes what is better."""

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

from ml.models.spec import spec_names

DOC = """
- **Reads** the publication in front.
- **Writes** *models/*: a version of each model; it is champion if it beats champion and rule on the latest horizon.
- **Asks** before a champion is replaced: *approve* shows the figures side by side for three days. Reject, or no answer,
  and it stays. One in the place of no champion, or of one that cannot score, is promoted unasked.
- **Red?** 'Training refused' says why; the last champion goes on scoring. Of models of moments only the log says it.
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
    description="Trains every model of conf/models; a person promotes what beats the champion and the simple rule",
    doc_md=DOC,
)
def retrain_models():
    trained = train.expand(model=spec_names())
    build_frames.override(inlets=[PUBLICATION])() >> trained
    weighed = weigh.override(outlets=[CHAMPION])(trained, train_moments())
    # Who waits for a person holds nobody up: this task has no place in the pool of the one writer.
    asked = ApprovalOperator(
        task_id="approve",
        subject="Let the challengers score from the next night on?",
        body=propose(weighed),
        defaults=ApprovalOperator.REJECT,
        response_timeout=timedelta(days=ANSWER_DAYS),
        pool="default_pool",
    )
    asked >> promote.override(outlets=[CHAMPION])(weighed)


dag_of_training = retrain_models()
