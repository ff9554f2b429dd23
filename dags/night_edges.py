"""The steps of a night at its edges: the gates it must pass, what is kept on record, and what readers get."""

from __future__ import annotations

from airflow.sdk import get_current_context, task
from form import WORLD, business_date
from hand_over import told

from regulars import config


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
def record_consents():
    from regulars.privacy.consent_ledger import append_decisions

    return append_decisions(config.home().candidate(business_date()), config.home())


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
