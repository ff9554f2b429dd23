"""Who would be merged or split by the rules of identity as they are now, before a night follows them."""

from __future__ import annotations

from airflow.sdk import dag, task
from assets import PUBLICATION
from fields import params
from form import WORLD, admit
from hand_over import told
from schedule import DEFAULTS, WRITER_POOL

from regulars import config

DOC = """
- **Reads** the publication in front, landed rows, *conf/identity* and judgements as they are now.
- **Writes** a candidate that is never published, and *candidates/preview/preview.json*: who would be merged or split.
- **Red?** The log of the first red task says what is wrong, where, and what to do next. Readers notice nothing.
"""


@task
@told
def lay_out():
    from regulars.build.preview import lay_out_preview

    return lay_out_preview(config.home(), WORLD, admit())


@task
@told
def build_stage():
    from regulars.build.layers import build_layer
    from regulars.build.preview import folder_of_preview

    return build_layer(folder_of_preview(config.home()), "stage")


@task
@told
def compare():
    from regulars.build.preview import folder_of_preview
    from regulars.resolve.preview import preview

    return preview(folder_of_preview(config.home()), config.home(), WORLD)


@dag(
    schedule=None,
    default_args={**DEFAULTS, "pool": WRITER_POOL},
    max_active_runs=1,
    params=params(),
    tags=["identity"],
    description="Who would be merged or split by the rules as they are now",
    doc_md=DOC,
)
def identity_preview():
    lay_out() >> build_stage() >> compare.override(inlets=[PUBLICATION])()


dag_of_preview = identity_preview()
