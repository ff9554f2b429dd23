"""The steps of a night that fill the private candidate, each one call into its room."""

from __future__ import annotations

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from form import WORLD, business_date
from hand_over import told

from regulars import config


@task
@told
def lay_out():
    from regulars.build.inputs import built
    from regulars.build.night import begin, leave

    home, day, context = config.home(), business_date(), get_current_context()
    rebuild = context["params"]["full_rebuild"]
    if not rebuild and (publication := built(home, WORLD, day)):
        leave(home, context["run_id"])
        raise AirflowSkipException(f"{day}: nothing changed since {publication} was published")
    return begin(home, WORLD, day, context["run_id"], full_rebuild=rebuild)


def layer(name: str):
    """One layer of dbt models."""

    @task(task_id=f"build_{name}")
    @told
    def build():
        from regulars.build.layers import build_layer

        return build_layer(config.home().candidate(business_date()), name)

    return build()


@task
@told
def resolve():
    from regulars.resolve.golden_contacts import write_golden_contacts
    from regulars.resolve.registry import resolve_customers

    home, folder = config.home(), config.home().candidate(business_date())
    return {**resolve_customers(folder, home, WORLD), **write_golden_contacts(folder, home)}


@task
@told
def evaluate_rules():
    from regulars.segments.evaluate import evaluate_segments
    from regulars.segments.traits import traits

    return evaluate_segments(config.home().candidate(business_date()), traits())
