"""The steps of a night that look whether models still fit, and ask for a training before the monthly one."""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import get_current_context, task
from form import WORLD, business_date
from hand_over import told
from schedule import IN_PROCESS

from regulars import config
from regulars.notify import tell


@task
@told
def watch():
    """What has shifted since training; alarms of this night are told once."""
    from ml.watching.night import watch_night
    from regulars import contracts

    home, day, run = config.home(), business_date(), get_current_context()["run_id"]
    found = watch_night(home.candidate(day), home.models, WORLD.as_of(day), contracts.features())
    if new := found.pop("new_alarms"):
        tell({"event": "alarm", "dag": "nightly", "task": "watch", "run_id": run, "message": "; ".join(new)})
    return found


@task.short_circuit
@told
def ask_for_training():
    """The business date to train for when a shift has lasted; nothing, and so no training, when none has."""
    from ml.watching.alarms import training_wanted

    home = config.home()
    # A run in one process trains by itself: nobody there would start a run that waits in a queue.
    wanted = [] if IN_PROCESS else training_wanted(home.published_database, home.models)
    return business_date().isoformat() if wanted else ""


def train_early():
    """Start `retrain_models` for this night where it was asked for; a person approves there as every month."""
    day = ask_for_training()
    started = TriggerDagRunOperator(
        task_id="train_early",
        trigger_dag_id="retrain_models",
        conf={"business_date": day, "reason": "a shift has lasted: see the nightly run"},
    )
    day >> started
    return day
