"""The night: from landed rows to a publication with scored segments."""

from __future__ import annotations

from airflow.sdk import Param, dag
from assets import CHAMPION, LANDED, PUBLICATION
from hand_over import DEFAULTS, START, WRITER_POOL, params, timetable
from night_steps import (
    await_receipts,
    build_profile,
    build_segments,
    evaluate_rules,
    gate_profile,
    gate_scores,
    gate_segments,
    lay_out,
    publish,
    resolve,
    score,
    stage,
    write_report,
)

DOC = """
**Reads** accepted landed rows and the champions. **Writes** a private candidate, then one publication, in one swap.

A gate that fails stops the night: nothing is published, and readers keep what they had. Run it again once the reason
is gone; every task may be killed and run again. `full_rebuild` builds although nothing has changed.

**Red?** The log of the first red task says what, where, and what to do next. `regulars status` shows what readers see.
"""


@dag(
    schedule=timetable("0 3 * * *"),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args={**DEFAULTS, "pool": WRITER_POOL},
    params=params(full_rebuild=Param(False, type="boolean", title="Full rebuild")),
    tags=["night"],
    doc_md=DOC,
)
def nightly():
    inlets = [*LANDED.values(), CHAMPION]
    (
        await_receipts.override(inlets=inlets)()
        >> lay_out()
        >> stage()
        >> resolve()
        >> build_profile()
        >> gate_profile()
        >> score()
        >> gate_scores()
        >> evaluate_rules()
        >> build_segments()
        >> gate_segments()
        >> write_report()
        >> publish.override(outlets=[PUBLICATION])()
    )


dag_of_the_night = nightly()
