"""SQL that takes the columns of a contract out of JSON, each by its path.

A path goes through objects by name (``context.page.path``). Where it leads to a list of keys with values it ends with
the key looked for (``event_params[ga_session_id]``): such a list holds objects with ``key`` and ``value``, whose value
is the first of its typed forms that is there. A key that is there twice counts once, as it stands first.
"""

from __future__ import annotations

import json

from regulars.sources import Column, SourceEntity
from regulars.warehouse import named, quoted

LINE = "json_line"
"""The one text column of a reading of JSON; no white space stands before the object."""

_VALUE_FORMS = ("string_value", "int_value", "float_value", "double_value")
_FIRST_FORM = f"coalesce({', '.join(f'pair.value.{form}' for form in _VALUE_FORMS)})"
_PAIRS = '[{"key":"VARCHAR","value":{' + ",".join(f'"{form}":"VARCHAR"' for form in _VALUE_FORMS) + "}}]"


def split_path(path: str) -> tuple[str, str | None]:
    """The steps through objects, in dots, and the key looked for at their end: all pairs for an empty one, None where
    the path leads to no list of keys.
    """
    steps, bracket, key = path.partition("[")
    return steps, key.removesuffix("]") if bracket else None


def text_sql(entity: SourceEntity, extract: str, *, is_judged: bool = True) -> str:
    """CTEs ending in ``text``: of each row of ``extract`` its columns as text and, where rows ``is_judged``,
    is_no_json, is_no_object and what ``faults`` asks for.
    """
    paths = [path for column in entity.read_columns for path in column.paths]
    places = list(dict.fromkeys(split_path(path)[0] for path in paths))
    lists = sorted({steps for steps, key in map(split_path, paths) if key is not None})
    rare = {} if is_judged else {steps: _found_with_a_key(steps, paths) for steps in lists}
    places = [steps for steps in places if steps not in rare]
    found = {steps: f"found[{number}]" for number, steps in enumerate(places, start=1)} | rare
    pairs = "".join(f", try(from_json({found[steps]}, {quoted(_PAIRS)})) as {_pairs(steps)}" for steps in lists)
    values = [f"{_value(column, found)} as {named(column.name)}" for column in entity.read_columns]
    if is_judged:
        values += [sql for column in entity.read_columns for sql in _nested_sql(column, found)]
        values += [_broken_sql(found[steps], steps) for steps in lists]
        values += ["found is null as is_no_json", "not starts_with(json, '{') as is_no_object"]
    return f"""
        searched as (
            select
                * rename ({LINE} as json),
                try(json_extract_string({LINE}, [{", ".join(map(_json_path, places))}])) as found
            from {extract} as rows
        ),
        listed as (select *{pairs} from searched),
        text as (
            select
                * exclude (json, found{"".join(f", {_pairs(steps)}" for steps in lists)}),
                {", ".join(values)}
            from listed
        )
    """


def value_sql(json: str, path: str) -> str:
    """SQL of the text at ``path`` in the JSON column ``json``, for whoever wants few of them."""
    steps, key = split_path(path)
    found = f"json_extract_string({json}, {_json_path(steps)})"
    if not key:
        return found
    pairs = f"try(from_json({found}, {quoted(_PAIRS)}))"
    return f"list_transform(list_filter({pairs}, lambda pair: pair.key = {quoted(key)}), lambda pair: {_FIRST_FORM})[1]"


def faults(entity: SourceEntity) -> list[tuple[str, str]]:
    """Tests that are true for a row at fault as a whole, each with the SQL of its reason."""
    lists = sorted({split_path(path)[0] for column in entity.read_columns for path in column.paths if "[" in path})
    broken = [(_broken(steps), quoted(f"{steps}: not a list of keys with values")) for steps in lists]
    return [("is_no_json", "'bad_json'"), ("is_no_object", "'not_an_object'"), *broken]


def nested(column: Column) -> str:
    """The column that says of a text whether it is no single value."""
    return f'"nested {column.name}"'


def _found_with_a_key(steps: str, paths: list[str]) -> str:
    """The text of a list, taken only out of a line that may hold one of the keys looked for."""
    keys = {key for path in paths for at, key in [split_path(path)] if at == steps and key is not None}
    found = f"try(json_extract_string(json, {_json_path(steps)}))"
    if "" in keys:
        return found
    # A key written with escapes counts, too. Looking for what begins with a quote stops at every quote.
    words = [json.dumps(key, ensure_ascii=False)[1:] for key in sorted(keys)] + ["\\"]
    asked = " or ".join(f"contains(json, {quoted(word)})" for word in words)
    return f"case when {asked} then {found} end"


def _value(column: Column, found: dict[str, str]) -> str:
    """The text of a column."""
    if column.digest_of:
        parts = ", ".join(_value_sql(path, found) for path in column.digest_of)
        return f"md5(to_json([{parts}])::varchar)"
    (path,) = column.paths
    return _value_sql(path, found)


def _nested_sql(column: Column, found: dict[str, str]) -> list[str]:
    """Of a text taken as it stands, whether it is no single value."""
    if column.digest_of or column.type != "text":
        return []
    (path,) = column.paths
    value = _value_sql(path, found)
    # Only what begins as an object or a list can be one; few values do.
    is_nested = "false" if "[" in path else f"json_type(json, {_json_path(path)}) in ('OBJECT', 'ARRAY')"
    begins = f"starts_with({value}, '{{') or starts_with({value}, '[')"
    return [f"case when {begins} then {is_nested} end as {nested(column)}"]


def _value_sql(path: str, found: dict[str, str]) -> str:
    steps, key = split_path(path)
    if key is None:
        return found[steps]
    if not key:
        told = f"lambda pair: concat(pair.key, '=', {_FIRST_FORM})"
        return f"to_json(list_sort(list_transform({_pairs(steps)}, {told})))::varchar"
    keys = f"list_transform({_pairs(steps)}, lambda pair: pair.key)"
    texts = f"list_transform({_pairs(steps)}, lambda pair: {_FIRST_FORM})"
    return f"({texts})[list_position({keys}, {quoted(key)})]"


def _broken_sql(found: str, steps: str) -> str:
    """Whether something is there that no pair holds: it is no list, a pair has no key, or a value another form."""
    pairs, texts = _pairs(steps), f"""from_json({found}, '[{{"value":"VARCHAR"}}]')"""
    without_key = f"list_filter({pairs}, lambda pair: pair.key is null)"
    without_value = f"list_filter({pairs}, lambda pair: {_FIRST_FORM} is null)"
    is_nothing = """regexp_full_match(pair.value, '[{]("[^"]*":null,?)*[}]')"""
    said_nothing = f"list_filter({texts}, lambda pair: {is_nothing})"
    return f"""case
            when {found} is null then false
            when {pairs} is null or len({without_key}) > 0 then true
            when len({without_value}) > 0 then len({without_value}) > len({said_nothing})
            else false
        end as {_broken(steps)}"""


def _json_path(steps: str) -> str:
    return quoted("$." + ".".join(f'"{step}"' for step in steps.split(".")))


def _pairs(steps: str) -> str:
    return f'"pairs {steps}"'


def _broken(steps: str) -> str:
    return f'"broken {steps}"'
