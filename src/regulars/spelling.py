"""SQL that writes the values of an export made for people in the strict form of their types.

What is in none of the ways its contract tells stays as it is, and is refused where values get their types.
"""

from __future__ import annotations

from regulars.sources import Column, SourceEntity, Written
from regulars.warehouse import quoted

EPOCH_US = "epoch_us"
"""A way of writing times beside the forms of strptime: microseconds since 1970."""

TO_THE_MILLISECOND, TO_THE_MICROSECOND = "%Y-%m-%dT%H:%M:%S.%gZ", "%Y-%m-%dT%H:%M:%S.%fZ"
"""The strict forms in which instants are spelled: from microseconds since 1970 the second one, else the first."""

_SIGN = r"(\p{Sc}|[A-Za-z]{2,3}\p{Sc}?)?"
_GAPS = "[\\s\u00a0\u202f]"


def spelled_sql(entity: SourceEntity, rows: str) -> str:
    """SELECT of ``rows`` with its text columns in strict form, and a column for each value the contract itself says, or
    that is a hash of others as they were written."""
    written = entity.written or Written()
    spell = _spelled_in_json if entity.is_json else _spelled
    spelled = [f"{spell(column, written)} as {_named(column)}" for column in entity.read_columns]
    said = [f"{quoted(column.value)} as {_named(column)}" for column in entity.columns if column.value is not None]
    if not entity.is_json:
        said += [f"{_digest(column, entity)} as {_named(column)}" for column in entity.columns if column.digest_of]
    kept = f"* replace ({', '.join(spelled)})"
    return f"select {', '.join([kept, *said])} from {rows}"


def _digest(column: Column, entity: SourceEntity) -> str:
    """The hash of what stands under labels; a label may be that of several columns, which then say the same."""
    by_label = {one.header: _named(one) for one in entity.read_columns}
    return f"md5(to_json([{', '.join(by_label[label] for label in column.digest_of)}])::varchar)"


def _spelled(column: Column, written: Written) -> str:
    # A spreadsheet is kept from reading a number as one by an apostrophe in front.
    text = f"trim(regexp_replace(trim({_named(column)}), '^''', ''))"
    if column.part:
        return _part(text, column.part)
    if column.words:
        return _meant(text, column)
    if column.type == "integer":
        return rf"regexp_replace({text}, '\.0+$', '')"
    if column.type == "decimal":
        amount = _amount(text, written.decimal_mark)
        return _to_the_cent(amount) if written.amounts == "floating" else amount
    if column.type == "timestamp":
        return _instant(text, written)
    return text


def _spelled_in_json(column: Column, written: Written) -> str:
    """What a program wrote has the strict form of its type, but for a number that went through floating point."""
    text = _named(column)
    if column.part:
        return _part(text, column.part)
    if column.words:
        return _meant(text, column)
    if column.type == "decimal":
        return _to_the_cent(text)
    if column.type == "timestamp" and written.times:
        return _instant(text, written)
    return text


def _to_the_cent(amount: str) -> str:
    """A number that went through floating point, as 29.99 may come out as 29.990000000000002."""
    return f"coalesce(try_cast({amount} as decimal(18, 2))::varchar, {amount})"


def _meant(text: str, column: Column) -> str:
    """By the words of the column; case does not count, nor whether words are parted by a blank or a line."""
    words = {said.replace(" ", "_"): meant for said, meant in column.words.items()}
    cases = " ".join(f"when {quoted(said)} then {quoted(meant)}" for said, meant in words.items())
    return f"case replace(lower({text}), ' ', '_') {cases} else {text} end"


def _part(text: str, part: str) -> str:
    """Of an address of a page its host or path: what is asked for behind it may name a person."""
    if part == "host":
        return rf"nullif(regexp_extract({text}, '^[a-z]+://([^/:?#]+)', 1), '')"
    return f"regexp_replace(split_part(split_part({text}, '?', 1), '#', 1), '^[a-z]+://[^/]*', '')"


def _amount(text: str, mark: str) -> str:
    """Sign of currency, thousands kept apart and the decimal mark; brackets are a minus."""
    apart = "[.'’]" if mark == "," else "[,'’]"
    digits = rf"([0-9]+|[0-9]{{1,3}}(({apart}|{_GAPS})[0-9]{{3}})+)([{mark}][0-9]+)?"
    form = rf"[-+]?{_SIGN}{_GAPS}*[-+]?{digits}{_GAPS}*{_SIGN}|\({_SIGN}{_GAPS}*{digits}{_GAPS}*{_SIGN}\)"
    plain = f"replace(regexp_replace({text}, '[^0-9{mark}]', '', 'g'), '{mark}', '.')"
    minus = rf"case when regexp_matches({text}, '^[^0-9]*[-(]') then '-' else '' end"
    return f"case when regexp_full_match({text}, {quoted(form)}) then {minus} || {plain} else {text} end"


def _instant(text: str, written: Written) -> str:
    """An instant with an offset after a blank, or in one of the ways told; without an offset in the zone told."""
    joined = rf"regexp_replace({text}, ' ([+-]\d\d:?\d\d|Z|UTC)$', '\1')"
    joined = f"replace({joined}, 'UTC', 'Z')"
    found = []
    for form in written.times:
        if form == EPOCH_US:
            found.append(f"strftime(make_timestamp(try_cast({text} as bigint)), '{TO_THE_MICROSECOND}')")
            continue
        read = f"try_strptime({text}, {quoted(form)})"
        if "%z" not in form:
            read = f"timezone('UTC', timezone({quoted(written.zone or 'UTC')}, {read}))"
        found.append(f"strftime({read}, '{TO_THE_MILLISECOND}')")
    return f"coalesce({', '.join([*found, joined])})"


def _named(column: Column) -> str:
    return f'"{column.name}"'
