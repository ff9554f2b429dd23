"""The tasks of a night, each one call into its room."""

from __future__ import annotations

from airflow.sdk import get_current_context, task
from hand_over import WORLD, admit, business_date, by_hand, told

from regulars import config


def _folder():
    return config.home().candidate(business_date())


@task.sensor(poke_interval=60, timeout=6 * 3600, mode="reschedule")
@told
def await_receipts():
    from regulars.build.receipts import missing_receipts, require_receipts

    day = admit()
    if by_hand():
        require_receipts(config.home(), WORLD, day)
    return not missing_receipts(config.home(), WORLD, day)


@task
@told
def lay_out():
    from regulars.build.night import begin

    return begin(config.home(), WORLD, business_date(), get_current_context()["run_id"])


@task
@told
def stage():
    from regulars.build.layers import build_layer

    return build_layer(_folder(), "stage")


@task
@told
def resolve():
    from regulars.resolve.registry import resolve_customers

    return resolve_customers(_folder(), config.home(), WORLD)


@task
@told
def build_profile():
    from regulars.build.layers import build_layer

    return build_layer(_folder(), "profile")


@task
@told
def gate_profile():
    from regulars.quality.gate import gate_candidate

    return gate_candidate(_folder(), "profile")


@task
@told
def score():
    from ml.scoring.score import score_customers
    from regulars import contracts

    return score_customers(_folder(), config.home().models, WORLD.as_of(business_date()), contracts.features())


@task
@told
def gate_scores():
    from regulars.quality.gate import gate_candidate

    return gate_candidate(_folder(), "scores")


@task
@told
def evaluate_rules():
    from regulars.segments.evaluate import evaluate_segments
    from regulars.segments.traits import traits

    return evaluate_segments(_folder(), traits())


@task
@told
def build_segments():
    from regulars.build.layers import build_layer

    return build_layer(_folder(), "segment")


@task
@told
def gate_segments():
    from regulars.quality.gate import gate_candidate

    return gate_candidate(_folder(), "segments")


@task
@told
def write_report():
    from regulars.build.bindings import record_gate_results
    from regulars.report.page import write_report as write

    record_gate_results(_folder(), config.home(), WORLD)
    write(_folder(), WORLD)


@task
@told
def publish():
    from regulars.publish.night import publish_night

    return publish_night(config.home(), WORLD, business_date(), get_current_context()["run_id"])
