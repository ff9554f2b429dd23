"""``python -m bench.reasons``: what reasons cost beside scores, with the champions of this home, in CPU seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click
import numpy as np

from ml.datasets.frame import rows_of, selected
from ml.datasets.schema import feature_schema
from ml.models.learners import Fitted
from ml.models.spec import load_spec, spec_names
from ml.registry.store import Registry
from ml.scoring.reasons import strongest
from regulars import config, contracts, warehouse


@click.command()
@click.option("--customers", default=100_000, show_default=True, help="The published customers, repeated to so many.")
def main(customers: int) -> None:
    """Print what scores of everybody cost, and reasons for the deciles that conf/models explains."""
    columns, registry = contracts.features(), Registry(config.home().models)
    with warehouse.published(config.home().published_database) as connection:
        features = feature_schema(connection, columns, "marts.customer_features")
        select, bound = selected(features, ())
        found = connection.sql(f"select {select} from marts.customer_features as f", params=bound).to_arrow_table()
    matrix = np.resize(rows_of(found, features, ()).matrix, (customers, len(features)))
    about = [column.meta["about"] for column in columns]
    for name in spec_names():
        champion, deciles = registry.champion(name), load_spec(name).explained_deciles
        if champion is None:
            click.echo(f"{name} has no champion")
            continue
        told = _costs(champion.ensemble, matrix, customers * deciles // 10, about)
        click.echo(f"{name} · {told} ({deciles} of 10 deciles)")


def _costs(fitted: Fitted, matrix: np.ndarray, explained: int, about: Sequence[str]) -> str:
    began = time.process_time()
    fitted.predict(matrix)
    scored = time.process_time()
    strongest(fitted.contributions(matrix[:explained])[:, :-1], about)
    reasons = time.process_time() - scored
    return f"{scored - began:.1f} CPU s for {len(matrix):,} scores · {reasons:.1f} for reasons of {explained:,}"


if __name__ == "__main__":
    main()
