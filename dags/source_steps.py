"""The steps that bring in one source, each one call into its room."""

from __future__ import annotations

from airflow.sdk import get_current_context, task
from assets import LANDED
from connections import connection
from form import WORLD, admit
from hand_over import told

from regulars import config


def pull_changes(source: str):
    """What the source keeps in a database or behind a service becomes files in its inbox."""

    @task(task_id="pull_changes")
    @told
    def pull():
        day, asked = admit(), get_current_context()["params"]
        if asked["read_again"]:
            return None
        from regulars.pull.pulling import pull_source

        return pull_source(config.home(), WORLD, source, day, connection, again=asked["pull_again"])

    return pull()


def land_files(source: str):
    """Files become typed rows."""

    @task(task_id="land_files")
    @told
    def land():
        admit()
        from regulars.land.landing import land_source, require_landed
        from regulars.land.replay import replay_source

        run, place = get_current_context(), (config.home(), WORLD, source)
        which = run["params"]["read_again"]
        summary = replay_source(*place, which, run["run_id"]) if which else land_source(*place)
        require_landed(summary)
        return summary

    return land()


def gate_rows(source: str):
    """Rows pass their gate."""

    @task(task_id="gate_rows", outlets=[LANDED[source]])
    @told
    def gate():
        from regulars.quality.gate import gate_landed

        return gate_landed(config.home(), WORLD, source)

    return gate()
