"""The night: from landed rows to a publication with scored segments."""

from __future__ import annotations

from airflow.sdk import dag
from assets import CHAMPION, LANDED, PUBLICATION
from fields import REBUILD, WAIT, params
from learning import score
from night_build import evaluate_rules, lay_out, layer, resolve
from night_edges import gate, publish, record_consents, write_report
from night_wait import await_receipts
from schedule import DEFAULTS, LATE, START, WRITER_POOL, timetable
from watching import train_early, watch

DOC = """
- **Reads** accepted landed rows, and the champions in *models/*.
- **Writes** a private candidate, the ledger of consents, then one publication, put in front by one swap.
- **Waits** for required sources until its cut-off, then is held and says what lacks; and for another night at work.
- **Asks** *retrain_models* for an early training when what models read or say has shifted for long (*conf/watch*).
- **Skipped?** Nothing changed since the last publication (*Full rebuild* builds all the same), or no source was alive.
- **Red?** The log of the first red task says what is wrong, where, and what to do next. Readers keep the last night.
- **Past nights?** *Trigger*, *Backfill*: from 00:00 of the first day to 23:59 of the last. Readers keep the latest.
"""


@dag(
    schedule=timetable("0 3 * * *"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    deadline=LATE,
    default_args={**DEFAULTS, "pool": WRITER_POOL},
    params=params(full_rebuild=REBUILD, wait_hours=WAIT),
    tags=["night"],
    description="From landed rows to a publication with scored segments",
    doc_md=DOC,
)
def nightly():
    (
        # Nights that wait look each minute; in the pool of the one writer they would hold up the night at work.
        await_receipts.override(inlets=[*LANDED.values(), CHAMPION], pool="default_pool")()
        >> lay_out()
        >> layer("stage")
        >> record_consents()
        >> resolve()
        >> layer("profile")
        >> gate("profile")
        >> score()
        >> watch()
        >> gate("scores")
        >> evaluate_rules()
        >> layer("segment")
        >> gate("segments")
        >> write_report()
        >> publish.override(outlets=[PUBLICATION])()
        >> train_early()
    )


dag_of_the_night = nightly()
