"""What is written for an export: the contract of its source and the world of its shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from regulars import config
from regulars.durable import write_text
from regulars.errors import UsageError
from regulars.imports.recognise import Match
from regulars.sources import SourceEntity, entity_of, load_entity, load_kind, plain_label

_LINE = 120


@dataclass(frozen=True)
class Shop:
    """What the files of one shop have in common; ``last``: the last business date of any of them so far."""

    name: str
    zone: str
    currency: str
    first: date
    last: date


def contract_of(match: Match, shop: str, zone: str | None, decimal_mark: str, words: dict[str, str]) -> dict[str, Any]:
    """The contract of a file of the format of ``match``, in the form of ``conf/sources``.

    Columns are those the file has; those an earlier file of the shop had stay, and either may be lacking.
    """
    one = match.format
    source = f"{shop}_{one.system}"
    # Files of another form have a contract of their own.
    entity = one.entity if match.form == "csv" else f"{one.entity}_{match.form}"
    columns = [
        _column(match, column, words)
        for column in one.columns
        if column.name in match.found or column.value is not None
    ]
    written: dict[str, Any] = {"decimal_mark": decimal_mark}
    if one.amounts:
        written["amounts"] = one.amounts
    if one.times:
        written["times"] = list(one.times)
    if zone:
        written["zone"] = zone
    contract = {
        "source": source,
        "entity": entity,
        "kind": one.kind,
        "description": one.description,
        "owner": one.owner,
        "cadence": "once",
        "delivers": "snapshot",
        "pattern": f"{entity}_{{business_date}}.{match.form}",
        "format": match.form,
        "key": list(load_kind(one.kind).key),
        "declared_delay_hours": 0,
        "allow_empty": "header_only",
        "max_bad_rate": 0.01,
        "null_values": list(one.null_values),
        "written": written,
        "columns": _with_earlier(columns, f"{source}__{entity}"),
    }
    if one.history:
        contract |= {"history": True, "event_time": one.happened}
    return contract


def _column(match: Match, column: Any, words: dict[str, str]) -> dict[str, Any]:
    if column.value is not None:
        return {"name": column.name, "value": column.value}
    if column.digest_of:
        written = {plain_label(label): label for label in match.found.values()}
        return {"name": column.name, "digest_of": [written.get(plain_label(one), one) for one in column.digest_of]}
    said: dict[str, Any] = {"name": column.name, "path" if match.is_json else "label": match.found[column.name]}
    if column.part:
        said["part"] = column.part
    meant = {**column.words, **(words if column.name == "status" else {})}
    return {**said, "words": meant} if meant else said


def _with_earlier(columns: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    path = config.CONF / "sources" / f"{name}.yml"
    if not path.exists():
        return columns
    earlier = {column["name"]: column for column in config.load_yaml(path)["columns"]}
    now = {column["name"]: column for column in columns}
    both = []
    for column in (*columns, *(earlier[name] for name in earlier if name not in now)):
        name = column["name"]
        lacks = "label" in column and (name not in earlier or name not in now or earlier[name].get("may_lack"))
        words = {**earlier.get(column["name"], {}).get("words", {}), **column.get("words", {})}
        both.append({**column, **({"words": words} if words else {}), **({"may_lack": True} if lacks else {})})
    return both


def entity_from(contract: dict[str, Any]) -> SourceEntity:
    """A contract as an object, before it is written."""
    return entity_of(contract, config.CONF / "sources" / f"{contract['source']}__{contract['entity']}.yml")


def write_contract(contract: dict[str, Any]) -> Path:
    """The contract as a file of ``conf/sources``; left as it is when it says the same."""
    path = config.CONF / "sources" / f"{contract['source']}__{contract['entity']}.yml"
    head = {name: value for name, value in contract.items() if name != "columns"}
    lines = [f"  - {_inline(column)}" for column in contract["columns"]]
    _write(path, "\n".join([f"{name}: {_inline(value)}" for name, value in head.items()] + ["columns:", *lines]) + "\n")
    load_entity.cache_clear()
    return path


def write_world(shop: Shop, titles: list[str], entities: dict[str, bool]) -> Path:
    """The world of ``shop`` as a file of ``conf/worlds``. ``entities``: its contracts, and whether it needs them."""
    path = world_file(shop.name)
    said = {
        "title": shop.name.replace("_", " ").capitalize(),
        "notice": f"Imported from exports: {', '.join(titles)}. What an export does not say is not known here.",
        "business_zone": shop.zone,
        "reporting_currency": shop.currency,
        "last_business_date": shop.last,
        "cut_off_hours": 6,
        "required": sorted(name for name, needed in entities.items() if needed),
        "optional": sorted(name for name, needed in entities.items() if not needed),
        "alive": {"from": shop.first},
        "is_simulated": False,
    }
    _write(path, "".join(f"{name}: {_inline(value)}\n" for name, value in said.items()))
    return path


def world_file(name: str) -> Path:
    """Where the world ``name`` stands."""
    return config.CONF / "worlds" / f"{name}.yml"


def earlier_world(name: str) -> dict[str, Any] | None:
    """The world ``name`` as an earlier import left it; None: there is none. Raises UsageError for a world of another
    make."""
    path = world_file(name)
    if not path.exists():
        return None
    said = config.load_yaml(path)
    if not all(load_entity(entity).kind for entity in (*said["required"], *said["optional"])):
        raise UsageError(f"'{name}' is a world that was not imported", where=str(path), next_step="give another --name")
    return said


def _inline(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        write_text(path, text)
