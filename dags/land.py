"""One DAG a source: what was dropped into the inbox becomes typed Parquet, and passes its gate."""

from __future__ import annotations

from airflow.sdk import dag, get_current_context, task
from assets import LANDED
from fields import READ_AGAIN, params
from form import WORLD, admit
from hand_over import told
from schedule import DEFAULTS, LANDING, START, timetable

from regulars import config

DOC = """
- **Reads** *inbox/{source}/*; every file gets a receipt. **Writes** *landed/{source}/*, the ledger, gate findings.
- **Red?** The log of the red task names file, line and reason. A broken file: have it delivered again. A gate that
  holds: see *landed/gates/{source}.json*. A contract or claim was wrong: mend it, then *Read again*.
"""


def landing(source: str):
    @dag(
        dag_id=f"land_{source}",
        schedule=timetable(LANDING),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        params=params(read_again=READ_AGAIN),
        tags=["land"],
        description=f"From files in inbox/{source}/ to typed rows that passed their gate",
        doc_md=DOC.format(source=source),
    )
    def land():
        @task
        @told
        def land_files():
            admit()
            from regulars.land.landing import land_source, require_landed
            from regulars.land.replay import replay_source

            run, place = get_current_context(), (config.home(), WORLD, source)
            which = run["params"]["read_again"]
            summary = replay_source(*place, which, run["run_id"]) if which else land_source(*place)
            require_landed(summary)
            return summary

        @task(outlets=[LANDED[source]])
        @told
        def gate_rows():
            from regulars.quality.gate import gate_landed

            return gate_landed(config.home(), WORLD, source)

        land_files() >> gate_rows()

    return land()


globals().update({f"land_{source}": landing(source) for source in LANDED})
