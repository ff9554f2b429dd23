"""How each extract is written: SQL that makes one line of its file from one row, in the form its contract promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars import sources
from regulars.sources import SourceEntity

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

CONTACT, SUPPORT_CONTACT, SURVEY_ANSWER = "crm__contact", "crm__support_contact", "crm__survey_answer"
INTERACTION, ENGAGEMENT = "web__interaction", "social__engagement"
ORDER, ORDER_LINE, REFUND = "transactions__order", "transactions__order_line", "transactions__refund"
DAILY = (CONTACT, SUPPORT_CONTACT, SURVEY_ANSWER, INTERACTION, ENGAGEMENT, ORDER, ORDER_LINE, REFUND)
PRODUCT = "transactions__product"
CONSUMER, AREA = "enrichment__consumer", "enrichment__area"


def _instant(milliseconds: str) -> str:
    return f"strftime(epoch_ms({milliseconds}), '%Y-%m-%dT%H:%M:%S.%gZ')"


def _money(cents: str) -> str:
    return f"({cents} * 0.01::decimal(3, 2))"


_CSV_FIELDS: dict[str, dict[str, str]] = {
    CONTACT: {
        "created_at": _instant("created_ms"),
        "updated_at": _instant("updated_ms"),
        "consent_at": _instant("consent_ms"),
    },
    ENGAGEMENT: {"happened_at": _instant("happened_ms")},
    SURVEY_ANSWER: {"answered_at": _instant("answered_ms")},
    SUPPORT_CONTACT: {"opened_at": _instant("opened_ms"), "resolved_at": _instant("resolved_ms")},
    ORDER: {
        "currency": "'EUR'",
        "ordered_at": _instant("ordered_ms"),
        "updated_at": _instant("updated_ms"),
        "shipping": _money("shipping_cents"),
    },
    ORDER_LINE: {
        "unit_price": _money("price_cents"),
        "discount": _money("discount_cents"),
        "net_revenue": _money("net_cents"),
        "ordered_at": _instant("ordered_ms"),
    },
    REFUND: {"amount": _money("cents"), "refunded_at": _instant("refunded_ms")},
}
"""Fields that are not written as the column of their name is."""

_PROPERTIES = f"""concat_ws(',',
    '"product_id":' || product_id,
    '"price":' || {_money("price_cents")},
    '"quantity":' || quantity,
    '"cart_id":"c' || cart || '"',
    '"order_id":' || order_id
)"""

_INTERACTION_LINE = f"""concat(
    '{{"type":"', type, '","messageId":"', visit, '-', place, '","anonymousId":"', anonymous_id, '"',
    ',"userId":' || user_id, ',"event":"' || event || '"',
    ',"properties":{{', {_PROPERTIES}, '}},"context":{{"page":{{"path":"', path, '"',
    ',"referrer_host":"' || referrer || '"', '}},"device":{{"type":"', device, '"}}',
    ',"campaign":{{"name":"' || campaign || '"}}', ',"location":{{"country":"', country,
    '"}}}},"originalTimestamp":"', {_instant("original_ms")}, '","sentAt":"', {_instant("sent_ms")},
    '","receivedAt":"', {_instant("received_ms")}, '","timestamp":"', {_instant("happened_ms")}, '"}}', chr(10)
)"""
"""The envelope of the Segment Spec; what is null is left out."""


@dataclass(frozen=True)
class Extract:
    """Lines of an entity with the day each is delivered, in ascending order."""

    day: np.ndarray
    line: pa.ChunkedArray

    def of_day(self, day: int) -> Iterator[memoryview]:
        """The bytes of the lines of one day."""
        import numpy as np

        begin, end = self.day.searchsorted([day, day + 1])
        for chunk in self.line.slice(begin, end - begin).chunks:
            if len(chunk):
                _, offsets, text = chunk.buffers()
                places = np.frombuffer(offsets, "int32")[chunk.offset : chunk.offset + len(chunk) + 1]
                yield memoryview(text)[places[0] : places[-1]]

    def since(self, day: int) -> Extract:
        """A copy of what is delivered on ``day`` and later, so that the rest can be forgotten."""
        import pyarrow as pa

        begin = int(self.day.searchsorted(day))
        kept = self.line.take(pa.array(range(begin, len(self.day)), pa.int64()))
        return Extract(self.day[begin:].copy(), kept)


def extract(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> Extract:
    """Write ``rows``, which are in the order of their column ``day``, as lines of the entity ``name``."""
    entity = sources.load_entity(name)
    written = _INTERACTION_LINE if name == INTERACTION else _csv_line(entity)
    connection.register("rows", rows)
    lines = connection.sql(f"select {written} as line from rows").to_arrow_table()
    connection.unregister("rows")
    return Extract(rows["day"].to_numpy(), lines["line"])


def header(entity: SourceEntity) -> bytes:
    """The first line of its files; nothing for JSONL."""
    if entity.format == "jsonl":
        return b""
    return f"{','.join(column.name for column in entity.read_columns)}\n".encode()


def _csv_line(entity: SourceEntity) -> str:
    fields = [_CSV_FIELDS[entity.name].get(column.name, column.name) for column in entity.read_columns]
    separated = ", ',', ".join(fields)
    return f"concat({separated}, chr(10))"
