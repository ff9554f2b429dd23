"""The steps of a night at its edges: what it waits for, the gates it must pass, and what readers get."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import get_current_context, task
from form import WORLD, admit, business_date, by_hand
from hand_over import told

from regulars import clock, config

LAST_LANDING = timedelta(minutes=30)
"""What came at the very cut-off is landed by then."""


@task.sensor(poke_interval=60, timeout=timedelta(days=4).total_seconds(), mode="reschedule")
@told
def await_receipts():
    from regulars.build.receipts import missing_receipts, require_receipts

    day, run, now = admit(), get_current_context(), clock.utc_now()
    last = now if by_hand() else WORLD.known_by(day) + LAST_LANDING
    if (hours := run["params"]["wait_hours"]) is not None:
        last = run["dag_run"].start_date.replace(tzinfo=None) + timedelta(hours=hours)
    if now >= last:
        require_receipts(config.home(), WORLD, day)
    return not missing_receipts(config.home(), WORLD, day)


def gate(boundary: str):
    """The suites of one boundary: a critical finding stops the night here."""

    @task(task_id=f"gate_{boundary}")
    @told
    def judge():
        from regulars.quality.gate import gate_candidate

        return gate_candidate(config.home().candidate(business_date()), boundary)

    return judge()


@task
@told
def write_report():
    from regulars.build.bindings import record_gate_results
    from regulars.report.page import write_report as write

    folder = config.home().candidate(business_date())
    record_gate_results(folder, config.home(), WORLD)
    write(folder, WORLD)


@task
@told
def publish():
    from regulars.publish.night import publish_night

    return publish_night(config.home(), WORLD, business_date(), get_current_context()["run_id"])
