"""Every Asset, named once. What a DAG takes in and gives out orders them, in Airflow and in `regulars run`."""

from airflow.sdk import Asset

SOURCES = ("crm", "transactions", "web")

LANDED = {source: Asset(name=f"landed_{source}", uri=f"regulars://landed/{source}") for source in SOURCES}
PUBLICATION = Asset(name="publication", uri="regulars://publication")
CHAMPION = Asset(name="champion", uri="regulars://models/champion")
