"""Values written in one way, for matching only: what people see stays as it was delivered.

Plain values are done in SQL. Others (letters beyond ASCII, national phone numbers, unusual addresses) go to the
libraries that know them, each distinct value once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

PLAIN_EMAIL = r"^[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$"
PLAIN_PHONE = r"^\+[1-9][0-9]{7,14}$"
FEWEST_DIGITS = 7
"""Of a phone number without its country; fewer are an extension, or no number at all."""
_DIGITS_APART = r"[\s()./-]+"

_TIDY = {
    # Accents go, since one clerk writes them and the next does not.
    "name": "nullif(trim(regexp_replace(strip_accents({folded}), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')), '')",
    "address": "nullif(trim(regexp_replace(strip_accents({folded}), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')), '')",
    "number": "nullif(regexp_replace({folded}, '[^\\p{{L}}\\p{{N}}]+', '', 'g'), '')",
    "country": "nullif(trim({folded}), '')",
}


def written_in_one_way(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, tuple[str, str]]) -> None:
    """Rewrite, in ``table``, each column of ``columns`` (by name: its kind, and the column that holds the country as an
    ISO code, or empty). What nobody can read as its kind stays, folded, but what cannot be a phone number: that, and
    an empty text, becomes null.
    """
    for column, (kind, country) in columns.items():
        if kind == "email":
            _email(connection, table, column)
        elif kind == "phone":
            _phone(connection, table, column, country)
        elif kind == "date":
            _date(connection, table, column)
        else:
            _fold(connection, table, column)
            tidied = _TIDY[kind].format(folded=column)
            connection.execute(f"update {table} set {column} = {tidied} where {column} is not null")


def folded(value: str) -> str:
    """NFKC and casefold: two ways of writing the same letters become one."""
    return unicodedata.normalize("NFKC", value).casefold()


def _fold(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    _by_library(
        connection, table, column, f"regexp_matches({column}, '[^\\x00-\\x7F]')", lambda value, _: folded(value)
    )
    connection.execute(f"update {table} set {column} = nullif(trim(lower({column})), '') where {column} is not null")


def _email(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    from email_validator import EmailNotValidError, validate_email

    def normal(value: str, _: str) -> str:
        try:
            return validate_email(value, check_deliverability=False, test_environment=True).normalized.casefold()
        except EmailNotValidError:
            return value

    _fold(connection, table, column)
    unusual = f"(not regexp_matches({column}, {quoted(PLAIN_EMAIL)}) or contains({column}, 'xn--'))"
    _by_library(connection, table, column, unusual, normal)


def _phone(connection: duckdb.DuckDBPyConnection, table: str, column: str, country: str) -> None:
    import phonenumbers

    def normal(value: str, region: str) -> str:
        try:
            number = phonenumbers.parse(value, region.upper() if len(region) == 2 else None)
        except phonenumbers.NumberParseException:
            # Without its country a number still tells persons of one country apart.
            return value.lstrip("0+") if sum(map(str.isdigit, value)) >= FEWEST_DIGITS else ""
        if not phonenumbers.is_possible_number(number):
            return ""
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    bare = f"regexp_replace(regexp_replace({column}, {quoted(_DIGITS_APART)}, '', 'g'), '^00', '+')"
    connection.execute(f"update {table} set {column} = nullif({bare}, '') where {column} is not null")
    _by_library(connection, table, column, f"not regexp_matches({column}, {quoted(PLAIN_PHONE)})", normal, country)
    connection.execute(f"update {table} set {column} = null where {column} = ''")


def _date(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """ISO dates, and the same digits without signs; a German or British date by its parts. Slips stay slips."""
    parts = f"regexp_extract({column}, '^(\\d{{1,2}})[./](\\d{{1,2}})[./](\\d{{4}})$', ['d', 'm', 'y'])"
    turned = f"concat({parts}.y, lpad({parts}.m, 2, '0'), lpad({parts}.d, 2, '0'))"
    digits = f"nullif(regexp_replace({column}, '[^0-9]', '', 'g'), '')"
    connection.execute(
        f"update {table} set {column} = case when {parts}.y <> '' then {turned} else {digits} end "
        f"where {column} is not null"
    )


def _by_library(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
    condition: str,
    normal: Callable[[str, str], str],
    beside: str = "",
) -> None:
    """Let ``normal`` rewrite each distinct value that meets ``condition``, given what stands in column ``beside``."""
    import pyarrow as pa

    other = beside or "null::varchar"
    pairs = connection.execute(
        f"select distinct {column}, coalesce({other}, '') from {table} where {column} is not null and {condition}"
    ).fetchall()
    if not pairs:
        return
    names = ("value", "beside", "normal")
    rows = list(zip(*[(value, next_to, normal(value, next_to)) for value, next_to in pairs], strict=True))
    connection.register("rewritten", pa.table({name: pa.array(row) for name, row in zip(names, rows, strict=True)}))
    connection.execute(
        f"update {table} set {column} = rewritten.normal from rewritten "
        f"where {table}.{column} = rewritten.value and coalesce({other}, '') = rewritten.beside"
    )
    connection.unregister("rewritten")
