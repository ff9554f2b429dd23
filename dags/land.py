"""One DAG a source: what was dropped into the inbox, or is pulled, becomes typed Parquet, and passes its gate."""

from __future__ import annotations

from airflow.sdk import dag
from assets import LANDED
from fields import PULL_AGAIN, READ_AGAIN, params
from form import WORLD
from schedule import DEFAULTS, LANDING, START, timetable
from source_steps import gate_rows, land_files, pull_changes

from regulars.sources import load_pull

DOC = """
- **Reads** *inbox/{source}/*; every file gets a receipt. **Writes** *landed/{source}/*, the ledger, gate findings.
- **Pulls** first what *conf/pulls* names, from a database or a service, by its Airflow Connection, into the inbox.
- **Red?** The log of the red task names file, line and reason. A broken file: have it delivered again. A gate that
  holds: see *landed/gates/{source}.json*. A contract or claim was wrong: mend it, then *Read again*. A source that does
  not answer is asked again by the next run.
"""
PULLED = {pull.entity.source for name in WORLD.entities if (pull := load_pull(name))}


def landing(source: str):
    pulled = {"pull_again": PULL_AGAIN} if source in PULLED else {}

    @dag(
        dag_id=f"land_{source}",
        schedule=timetable(LANDING),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        params=params(read_again=READ_AGAIN, **pulled),
        tags=["land"],
        description=f"From files in inbox/{source}/ to typed rows that passed their gate",
        doc_md=DOC.format(source=source),
    )
    def land():
        landed = land_files(source)
        landed >> gate_rows(source)
        if pulled:
            pull_changes(source) >> landed

    return land()


globals().update({f"land_{source}": landing(source) for source in LANDED})
