"""One DAG a source: what was dropped into the inbox becomes typed Parquet, and passes its gate."""

from __future__ import annotations

from airflow.sdk import dag, task
from assets import LANDED
from form import admit, params
from hand_over import told
from schedule import DEFAULTS, START, timetable

from regulars import config

DOC = """
- **Reads** *inbox/{source}/*. Every file gets a receipt; running it again changes nothing.
- **Writes** *landed/{source}/*, the ledger, and what its gate found in *landed/gates/{source}.json*.
  Every row is accepted, or kept apart with a reason.
- **Red?** The log of the red task names the file, the line and the reason. A broken file: have it delivered again.
  A gate that holds: look at *landed/gates/{source}.json*. What was published stays in front meanwhile.
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
        description=f"From files in inbox/{source}/ to typed rows that passed their gate",
        doc_md=DOC.format(source=source),
    )
    def land():
        @task
        @told
        def land_files():
            from regulars.land.landing import land_source, require_landed

            admit()
            summary = land_source(config.home(), config.world(), source)
            require_landed(summary)
            return summary

        @task(outlets=[LANDED[source]])
        @told
        def gate_rows():
            from regulars.quality.gate import gate_landed

            return gate_landed(config.home(), config.world(), source)

        land_files() >> gate_rows()

    return land()


for name in LANDED:
    globals()[f"land_{name}"] = landing(name)
