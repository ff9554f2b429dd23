"""A transaction log that somebody brought as a file, as the one table a forecast is made from.

``purchase``: customer INTEGER (1, 2, … in the order of ``customer_key``), ordered_at TIMESTAMP, amount DECIMAL(18, 4),
is_order BOOLEAN, lines and categories INTEGER. One row is what a customer bought in one order on one day. A row with a
negative sum is a refund: it reduces revenue and is no order. Times are those of the file's own clock. An instant knows
the rows with known_from <= instant < known_until; a file is known from the beginning and for ever (null).
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ml.forecast.columns import LogColumns, choose_columns
from regulars import warehouse
from regulars.errors import RegularsError, UsageError
from regulars.warehouse import named, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_SEPARATORS = ",;\t|"
_FORMATS = {
    "year-month-day": None,
    "day.month.year": "%d.%m.%Y",
    "month/day/year": "%m/%d/%Y",
    "day/month/year": "%d/%m/%Y",
    "month/day/year of two digits": "%m/%d/%y",
    "day/month/year of two digits": "%d/%m/%y",
    "year/month/day": "%Y/%m/%d",
    "day-month-year": "%d-%m-%Y",
    "yearmonthday": "%Y%m%d",
}
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_TYPED = """
create table line as
with
told as (
    select
        {customer} as customer_key,
        {time} as ordered_at,
        try_cast({amount} as decimal(18, 4)) as amount,
        {order} as order_key,
        {category} as category
    from raw
)

select
    *,
    case
        when customer_key is null then 'no customer'
        when ordered_at is null then 'no time that can be read'
        when amount is null then 'no amount that can be read'
    end as reason
from told
"""
_CUSTOMERS = """
create table customer as
select row_number() over (order by customer_key) as customer, customer_key
from (select distinct customer_key from line where reason is null)
"""
_PURCHASES = """
create table purchase as
select
    cast(c.customer as integer) as customer,
    min(l.ordered_at) as ordered_at,
    cast(sum(l.amount) as decimal(18, 4)) as amount,
    sum(l.amount) >= 0 as is_order,
    cast(count(*) as integer) as lines,
    cast(count(distinct l.category) as integer) as categories,
    timestamp '-infinity' as known_from,
    cast(null as timestamp) as known_until
from line as l
inner join customer as c on l.customer_key = c.customer_key
where l.reason is null
group by c.customer, coalesce(l.order_key, cast(l.ordered_at as varchar)), cast(l.ordered_at as date)
order by customer, ordered_at, amount, lines
"""


@dataclass(frozen=True)
class LogRead:
    """What came of a file: its columns by role, how its times are written, rows read and rows set aside by reason."""

    columns: LogColumns
    times: str
    rows: int
    set_aside: dict[str, int]


def read_log(connection: duckdb.DuckDBPyConnection, path: Path, mapped: Mapping[str, str]) -> LogRead:
    """Fill the tables ``purchase`` and ``customer`` (customer, customer_key as in the file) from a CSV or Parquet file.

    Every row is used or set aside with a reason. Raises UsageError for a file or column there is not, RegularsError for
    a file without a row that can be used.
    """
    rejected = _read_raw(connection, path)
    names = [name for name, *_ in connection.execute("describe raw").fetchall()]
    columns = choose_columns(names, mapped, str(path))
    style = _time_style(connection, columns.time)
    amount = _amount_sql(connection, columns.amount)
    if columns.quantity:
        pieces = _amount_sql(connection, columns.quantity)
        amount = f"try_cast({amount} as decimal(18, 4)) * try_cast({pieces} as decimal(12, 4))"
    connection.execute(
        _TYPED.format(
            customer=_key_sql(connection, columns.customer),
            time=_time_sql(columns.time, style),
            amount=amount,
            order=f"cast({named(columns.order)} as varchar)" if columns.order else "cast(null as varchar)",
            category=f"cast({named(columns.category)} as varchar)" if columns.category else "cast(null as varchar)",
        )
    )
    connection.execute("drop table raw")
    counted = connection.execute("select reason, count(*) from line group by reason order by reason").fetchall()
    aside = {reason: rows for reason, rows in counted if reason}
    if rejected:
        aside["not as many fields as the first row"] = rejected
    rows = sum(rows for _, rows in counted) + rejected
    if rows == sum(aside.values()):
        raise RegularsError(
            f"Not one of {rows} rows can be used: {_told(aside)}",
            where=str(path),
            next_step="see that the columns are those meant, or say which are: --map time=COLUMN --map amount=COLUMN",
        )
    connection.execute(_CUSTOMERS)
    connection.execute(_PURCHASES)
    connection.execute("drop table line")
    return LogRead(columns, style, rows, aside)


def _key_sql(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """The customer's key: of a CSV file a whole number where every key is one and is written as such, else a text."""
    if not _is_text(connection, column):
        return named(column)
    text = f"nullif(trim({named(column)}), '')"
    number = f"try_cast({text} as bigint)"
    is_number = f"coalesce(bool_and({text} is null or coalesce(cast({number} as varchar) = {text}, false)), false)"
    ((all_numbers,),) = connection.execute(f"select {is_number} from raw").fetchall()
    return number if all_numbers else text


def _told(aside: dict[str, int]) -> str:
    return ", ".join(f"{rows} with {reason}" for reason, rows in aside.items())


def _read_raw(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The table ``raw``, every column of a CSV file as text; gives how many of its rows could not be split."""
    if not path.is_file():
        raise UsageError("There is no such file", where=str(path), next_step="name a CSV or Parquet file")
    try:
        if path.suffix.casefold() in (".parquet", ".pq"):
            connection.execute(f"create table raw as select * from read_parquet({quoted(path)})")
            return 0
        return _read_csv(connection, path)
    except warehouse.Error as broken:
        raise RegularsError(
            f"This file cannot be read: {str(broken).splitlines()[0]}",
            where=str(path),
            next_step="save it as CSV in UTF-8 with a header, or as Parquet",
        ) from None


def _read_csv(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The same of a CSV file: in UTF-8 or, where a row is not, in Latin-1, in which older tools write."""
    separator, header = _header(path)
    types = "{" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in header) + "}"
    for encoding in ("utf-8", "latin-1"):
        connection.execute(
            f"create or replace table raw as select * from read_csv({quoted(path)}, auto_detect = false, "
            f"header = true, delim = {quoted(separator)}, quote = '\"', escape = '\"', columns = {types}, "
            f"nullstr = ['', 'NULL'], store_rejects = true, strict_mode = true, encoding = '{encoding}', "
            "max_line_size = 10000000)"
        )
        ((rejected, undecoded),) = connection.execute(
            "select count(distinct line), count(*) filter (error_type = 'INVALID ENCODING') from reject_errors"
        ).fetchall()
        connection.execute("drop table reject_errors; drop table reject_scans")
        if not undecoded:
            break
    return int(rejected)


def _header(path: Path) -> tuple[str, list[str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            first = file.readline()
    except (OSError, EOFError) as broken:
        raise RegularsError(
            f"The header cannot be read ({broken})",
            where=str(path),
            next_step="save it as CSV in UTF-8 with a header, or as Parquet",
        ) from None
    try:
        line = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        line = first.decode("latin-1")
    separator = max(_SEPARATORS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]
    if len(names) < 3 or "" in names[1:] or len(set(names)) < len(names):
        raise RegularsError(
            f"The first row is no header of at least three columns with names of their own: {line.strip()[:80]!r}",
            where=str(path),
            next_step="give it one: customer, time, amount, and order and category where there are",
        )
    return separator, [name or "row" for name in names]


def _is_text(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    return any(name == column and kind == "VARCHAR" for name, kind, *_ in connection.execute("describe raw").fetchall())


def _time_style(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """How the times of ``column`` are written: the style in which most of its values can be read."""
    styles = [*_FORMATS, "seconds", "milliseconds"]
    counts = ", ".join(f"count({_time_sql('shown', style)})" for style in styles)
    found = connection.execute(
        f"select {counts} from (select distinct cast({named(column)} as varchar) as shown from raw limit 50000)"
    ).fetchall()[0]
    return styles[max(range(len(styles)), key=lambda place: (found[place], -place))]


def _time_sql(column: str, style: str) -> str:
    """The wall time of ``column``: an offset after it says which zone the file's clock was in, and is left out."""
    text = f"cast({named(column)} as varchar)"
    if style in ("seconds", "milliseconds"):
        size, digits = (1_000_000, 10) if style == "seconds" else (1_000, 13)
        return f"case when regexp_matches({text}, '^\\d{{{digits}}}$') then make_timestamp({text}::bigint * {size}) end"
    clock = f"regexp_replace({text}, '(:\\d\\d(\\.\\d+)?)\\s*(Z|UTC|[+-]\\d\\d(:?\\d\\d)?)$', '\\1')"
    if (form := _FORMATS[style]) is None:
        return f"case when regexp_matches({text}, '^\\d{{4}}-\\d\\d?-\\d\\d?') then try_cast({clock} as timestamp) end"
    return f"try_strptime(trim({clock}), {[form + clock_form for clock_form in _CLOCKS]})"


def _amount_sql(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """The number in ``column``: with a point for its decimals or, where more can be read so, with a comma."""
    if not _is_text(connection, column):
        return named(column)
    bare = f"regexp_replace({named(column)}, '[^0-9eE.,+-]', '', 'g')"
    point, comma = f"replace({bare}, ',', '')", f"replace(replace({bare}, '.', ''), ',', '.')"
    grouped = f"count(*) filter (regexp_matches({bare}, '^[+-]?\\d{{1,3}}(,\\d{{3}})+(\\.\\d+)?$'))"
    decimals = f"count(*) filter (regexp_matches({bare}, '^[+-]?[\\d.]*,\\d{{1,2}}$'))"
    ((by_comma, by_point),) = connection.execute(f"select {decimals}, {grouped} from raw").fetchall()
    return comma if by_comma > by_point else point
