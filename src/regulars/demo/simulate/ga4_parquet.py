"""The Parquet that BigQuery extracts of a table of Google Analytics, made of its JSON lines: types of the table, and of
each list the steps ``list`` and ``element``, which it writes where no other form is asked for.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

_TEXT, _WHOLE, _FLOAT = "VARCHAR", "BIGINT", "DOUBLE"
_TABLE = {
    "event_date": _TEXT,
    "event_timestamp": _WHOLE,
    "event_name": _TEXT,
    "event_params": [
        {
            "key": _TEXT,
            "value": {
                "string_value": _TEXT,
                "int_value": _WHOLE,
                "float_value": _FLOAT,
                "double_value": _FLOAT,
            },
        }
    ],
    "event_bundle_sequence_id": _WHOLE,
    "user_id": _TEXT,
    "user_pseudo_id": _TEXT,
    "privacy_info": {"analytics_storage": _TEXT, "ads_storage": _TEXT, "uses_transient_token": _TEXT},
    "device": {"category": _TEXT, "operating_system": _TEXT, "language": _TEXT},
    "geo": {"country": _TEXT},
    "stream_id": _TEXT,
    "platform": _TEXT,
    "collected_traffic_source": {"manual_campaign_name": _TEXT},
    "ecommerce": {"transaction_id": _TEXT, "purchase_revenue": _FLOAT, "shipping_value": _FLOAT},
    "items": [{"item_id": _TEXT, "price": _FLOAT, "quantity": _WHOLE}],
    "is_active_user": "BOOLEAN",
    "batch_page_id": _WHOLE,
    "batch_ordering_id": _WHOLE,
    "batch_event_index": _WHOLE,
}
_LISTS = [name for name, form in _TABLE.items() if isinstance(form, list)]


def extracted(connection: duckdb.DuckDBPyConnection, lines: list[str]) -> bytes:
    """The Parquet file of ``lines``; the bytes depend on them alone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    steps = ", ".join(
        f"struct_pack(list := list_transform({name}, lambda one: struct_pack(element := one))) as {name}"
        for name in _LISTS
    )
    connection.register("exported", pa.table({"line": pa.array(lines, pa.string())}))
    form = quoted(json.dumps(_TABLE))
    rows = connection.sql(
        f"select * replace ({steps}) from (select unnest(from_json(line, {form})) from exported)"
    ).to_arrow_table()
    connection.unregister("exported")
    file = io.BytesIO()
    pq.write_table(rows, file)
    return file.getvalue()
