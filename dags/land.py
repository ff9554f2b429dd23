"""One DAG a source: what was dropped into the inbox becomes typed Parquet, and passes its gate."""

from __future__ import annotations

from airflow.sdk import dag, task
from assets import LANDED
from hand_over import DEFAULTS, START, admit, params, timetable, told

DOC = """
**Reads** `inbox/{source}/`. **Writes** `landed/{source}/`, the ledger, and `landed/gates/{source}.json`.

Every file gets a receipt; every row is accepted or kept apart with a reason. Running it again changes nothing.

**Red?** The task's log names the file, the line and the reason. A broken file: have it delivered again. A gate that
holds: look at `landed/gates/{source}.json`. What was published stays in front meanwhile.
"""


def landing(source: str):
    @dag(
        dag_id=f"land_{source}",
        schedule=timetable("0 2 * * *"),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        params=params(),
        tags=["land"],
        doc_md=DOC.format(source=source),
    )
    def land():
        @task
        @told
        def land_files():
            from regulars.land.landing import land_source, require_landed

            from regulars import config

            admit()
            summary = land_source(config.home(), config.world(), source)
            require_landed(summary)
            return summary

        @task(outlets=[LANDED[source]])
        @told
        def gate_rows():
            from regulars import config
            from regulars.quality.gate import gate_landed

            return gate_landed(config.home(), config.world(), source)

        land_files() >> gate_rows()

    return land()


for name in LANDED:
    globals()[f"land_{name}"] = landing(name)
