"""Every Asset, named once. What a DAG takes in and gives out orders them, in Airflow and in `regulars run`."""

from airflow.sdk import Asset
from form import WORLD

SOURCES = sorted({name.split("__")[0] for name in WORLD.entities})

LANDED = {source: Asset(name=f"landed_{source}", uri=f"regulars://landed/{source}") for source in SOURCES}
PUBLICATION = Asset(name="publication", uri="regulars://publication")
CHAMPION = Asset(name="champion", uri="regulars://models/champion")
