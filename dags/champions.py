"""The steps that decide which version scores: by figures, and by a person where a champion would be replaced."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context, task
from hand_over import told

from ml.models.spec import load_spec, spec_names
from regulars import config

ANSWER_DAYS = 3
"""How long a person has to answer."""


@task
@told
def weigh(versions: list[str], moments: dict[str, str]):
    from ml.registry.promotion import promote_if_better
    from ml.registry.store import Registry

    registry, ask = Registry(config.home().models), get_current_context()["params"]["approve"] == "ask"
    trained = [*zip(spec_names(), versions, strict=True), *moments.items()]
    return [promote_if_better(registry, load_spec(name), version, ask=ask) for name, version in trained if version]


@task.short_circuit
@told
def propose(decisions: list[dict[str, Any]]):
    """The figures side by side for whoever approves; nothing, and so no question, when no version waits."""
    from ml.registry.wording import proposal_text

    return proposal_text(decisions, ANSWER_DAYS)


@task
@told
def promote(decisions: list[dict[str, Any]]):
    from ml.registry.promotion import promote_if_better
    from ml.registry.store import Registry

    registry, why = Registry(config.home().models), f"approved in Airflow, {get_current_context()['run_id']}"
    waiting = [(load_spec(decision["model"]), decision["version"]) for decision in decisions if decision["waits"]]
    return [promote_if_better(registry, spec, version, reason=why) for spec, version in waiting]
