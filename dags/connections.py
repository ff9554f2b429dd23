"""Airflow's Connections, from the environment or Airflow's own store, as pulls take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import Connection as AirflowConnection
from airflow.sdk.exceptions import AirflowException

from regulars.errors import UsageError

if TYPE_CHECKING:
    from regulars.pull.connection import Connection


def connection(name: str) -> Connection:
    """The Connection ``name``, read in the process that uses it: no task hands it to another."""
    from regulars.pull.connection import Connection

    try:
        found = AirflowConnection.get(name)
        extra = {key: str(value) for key, value in found.extra_dejson.items()}
    except AirflowException:
        # Its own words may hold the address, and with it the password.
        step = f"add it in Airflow (Admin, Connections), or set AIRFLOW_CONN_{name.upper()}"
        raise UsageError(f"There is no readable connection '{name}'", where="conf/pulls", next_step=step) from None
    place = (found.host or "localhost", found.port, found.schema or "")
    return Connection(name, *place, found.login or "", found.password or "", extra)
