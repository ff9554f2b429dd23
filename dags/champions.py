"""The steps that decide which version scores: by figures, and by a person where a champion would be replaced."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context, task
from hand_over import told

from ml import learning
from regulars import config

ANSWER_DAYS = 3
"""How long a person has to answer."""


@task
@told
def weigh(versions: list[str], moments: dict[str, str]):
    trained = {**dict(zip(learning.names(), versions, strict=True)), **moments}
    ask = get_current_context()["params"]["approve"] == "ask"
    return learning.weigh(config.home().models, trained, ask=ask)


@task.short_circuit
@told
def propose(decisions: list[dict[str, Any]]):
    """The figures side by side for whoever approves; nothing, and so no question, when no version waits."""
    from ml.registry.wording import proposal_text

    return proposal_text(decisions, ANSWER_DAYS)


@task
@told
def promote(decisions: list[dict[str, Any]]):
    why = f"approved in Airflow, {get_current_context()['run_id']}"
    return learning.promote(config.home().models, decisions, why)
