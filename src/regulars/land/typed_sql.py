"""SQL that gives each text its type, and each row that cannot have it a reason.

A value is taken only in the one form its type has; nothing is guessed, so "1.234,50", "1e5" and "NaN" are refused. The
SQL reads the table ``extract``: what readers gave, and of each row's file _file, known_at and latest.
"""

from __future__ import annotations

from regulars import json_sql
from regulars.sources import Column, SourceEntity
from regulars.spelling import EPOCH_US, TO_THE_MICROSECOND, TO_THE_MILLISECOND, spelled_sql
from regulars.warehouse import quoted

LATEST_AFTER_DELIVERY_HOURS = 24
"""A timestamp, or an event time, later than this is refused: clocks differ by less. Other dates may lie ahead."""

_EARLIEST_YEAR = {"timestamp": 1990, "date": 1900}
"""A date may be one of birth; an instant before 1990 is a clock that was never set. So is the day of an event."""

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FORM = {
    "integer": "[+-]?[0-9]+",
    "decimal": r"[+-]?[0-9]+(\.[0-9]{1,2}0*)?",
    "timestamp": _DATE
    + r"[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])",
    "date": _DATE,
}
_LABEL = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_FORMAT = {"email": (rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(\.{_LABEL})+", "not an e-mail address")}
"""Forms a text may be asked to have, and what is said of another: `email` is the form the HTML standard gives for
`input type=email`, with at least one dot in the domain, as an address on the public internet has, and no more before
the @ than RFC 5321 lets a server take."""

_MISFORMED = {
    "integer": [(_FORM["integer"], "not an integer")],
    "decimal": [(r"[+-]?[0-9]+(\.[0-9]+)?", "not a decimal"), (_FORM["decimal"], "more than 2 decimals")],
    "timestamp": [(_FORM["timestamp"], "not a timestamp with an offset")],
    "date": [(_FORM["date"], "not a date")],
}
"""Forms a value must have, and what is said of one that has not; asked in this order."""

_IMPOSSIBLE = {
    "integer": "outside 64 bits",
    "decimal": "outside 18 digits",
    "timestamp": "no such date",
    "date": "no such date",
    "json": "not JSON",
}
"""What is said of a value of the right form that cannot be all the same."""


def typed_sql(entity: SourceEntity, zone: str) -> str:
    """SELECT of the typed columns, _file, _line, _known_at (TIMESTAMP, UTC), is_refused, ordered as ``extract`` is."""
    tests = " or ".join(test for test, _ in _faults(entity))
    return f"""
        with {_parsed_sql(entity, "extract")}
        select
            {", ".join(f"{_typed(column)} as {_text(column)}" for column in entity.typed_columns)},
            _file,
            _line,
            {_known_at(entity, zone)} as _known_at,
            coalesce({tests or "false"}, false) as is_refused
        from parsed
    """


def reason_sql(entity: SourceEntity) -> str:
    """SELECT of _file, _line and reason of the rows in the table ``refused``: those that ``typed_sql`` refused.

    The reason is that of the first column at fault.
    """
    reasons = " ".join(f"when {test} then {reason}" for test, reason in _faults(entity))
    refused = "(select * from extract semi join refused using (_file, _line))"
    return f"""
        with {_parsed_sql(entity, refused)}
        select _file, _line, case {reasons} end as reason
        from parsed
        order by _file, _line
    """


def _parsed_sql(entity: SourceEntity, extract: str) -> str:
    nulls = ", ".join(quoted(text) for text in entity.null_values)
    known = [_text(column) for column in entity.typed_columns]
    if nulls:
        known = [f"case when {text} not in ({nulls}) then {text} end as {text}" for text in known]
    is_from_epoch = entity.written and EPOCH_US in entity.written.times
    usual = TO_THE_MICROSECOND if is_from_epoch else TO_THE_MILLISECOND
    parsed = [f"{_parse(column, usual)} as {_typed(column)}" for column in entity.typed_columns]
    text = json_sql.text_sql(entity, extract) if entity.is_json else f"text as (select * from {extract} as rows)"
    if entity.kind:
        text = f"{text}, spelled as ({spelled_sql(entity, 'text')})"
    return f"""
        {text},
        known as (select * replace ({", ".join(known)}) from {"spelled" if entity.kind else "text"}),
        parsed as (select *, {", ".join(parsed)} from known)
    """


def _text(column: Column) -> str:
    return f'"{column.name}"'


def _typed(column: Column) -> str:
    return f'"typed {column.name}"'


def _parse(column: Column, usual_timestamp: str) -> str:
    if column.type == "text":
        return _text(column)
    if column.type == "json":
        return f"case when json_valid({_text(column)}) then {_text(column)} end"
    form = f"case when regexp_full_match({_text(column)}, '{_FORM[column.type]}') then {_text(column)} end"
    if column.type == "timestamp":
        # The session speaks UTC: without the zone the same instant remains. What is written again as it was read needs
        # no other proof of its form, and costs a third.
        usual = f"try_cast({_text(column)} as timestamp)"
        return f"""case when strftime({usual}, '{usual_timestamp}') = {_text(column)} then {usual}
            else try_cast({form} as timestamptz)::timestamp end"""
    return f"try_cast({form} as {column.sql_type})"


def _faults(entity: SourceEntity) -> list[tuple[str, str]]:
    """Tests that are true for a row at fault, each with the SQL of its reason."""
    whole = json_sql.faults(entity) if entity.is_json else []
    return whole + [fault for column in entity.typed_columns for fault in _column_faults(column, entity)]


def _column_faults(column: Column, entity: SourceEntity) -> list[tuple[str, str]]:
    text, value = _text(column), _typed(column)

    def told(reason: str) -> str:
        return quoted(f"{column.name}: {reason}")

    faults: list[tuple[str, str]] = []
    if column.required:
        faults.append((f"{text} is null", told("missing")))
    if column.type == "text" and entity.is_json and column.value is None and not column.digest_of:
        faults.append((json_sql.nested(column), told("not a single value")))
    if column.type in _IMPOSSIBLE:
        forms = _MISFORMED.get(column.type, [])
        cases = " ".join(f"when not regexp_full_match({text}, '{form}') then {told(said)}" for form, said in forms)
        impossible = told(_IMPOSSIBLE[column.type])
        reason = f"case {cases} else {impossible} end" if cases else impossible
        faults.append((f"({value} is null and {text} is not null)", reason))
    if column.format:
        form, said = _FORMAT[column.format]
        faults.append((f"not regexp_full_match({text}, {quoted(form)})", told(said)))
    if column.type in ("timestamp", "date"):
        year = _EARLIEST_YEAR["timestamp" if column.name == entity.event_time else column.type]
        faults.append((f"{value} < make_date({year}, 1, 1)", told(f"before {year}")))
    if column.type == "timestamp" or column.name == entity.event_time:
        faults.append((f"{value} > latest", told(f"more than {LATEST_AFTER_DELIVERY_HOURS} h after delivery")))
    if column.minimum is not None:
        faults.append((f"{value} < {column.minimum}", told(f"below {column.minimum}")))
    if column.maximum is not None:
        faults.append((f"{value} > {column.maximum}", told(f"above {column.maximum}")))
    return faults


def _known_at(entity: SourceEntity, zone: str) -> str:
    """A row of a history load is known the declared delay after it happened; a date is past when its day is over. A row
    that does not say when it happened is known when its file is.
    """
    if not entity.history:
        return "known_at"
    event = next(column for column in entity.typed_columns if column.name == entity.event_time)
    happened = _typed(event)
    if event.type == "date":
        happened = f"(({happened} + 1)::timestamp at time zone {quoted(zone)})::timestamp"
    return f"coalesce({happened} + interval {entity.declared_delay_hours} hour, known_at)"
