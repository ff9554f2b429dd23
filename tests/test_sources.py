"""Contracts of sources: those that are shipped hold together, and a wrong one is told with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from regulars import config
from regulars.errors import UsageError
from regulars.sources import load_all, load_entities, load_entity

SHIPPED = config.CONF / "sources"
WORLDS = sorted(path.stem for path in (config.CONF / "worlds").glob("*.yml"))


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A conf folder of its own, with the shipped contracts in it."""
    shutil.copytree(SHIPPED, tmp_path / "sources")
    monkeypatch.setattr(config, "CONF", tmp_path)
    load_entity.cache_clear()
    return tmp_path / "sources"


@pytest.fixture(autouse=True)
def forget_contracts() -> None:
    load_entity.cache_clear()


@pytest.mark.parametrize("world", WORLDS)
def test_every_entity_of_a_world_has_a_contract(world: str) -> None:
    entities = load_entities(config.world(world))
    assert [entity.name for entity in entities] == list(config.world(world).entities)


def test_a_delivery_is_known_before_the_cut_off_of_its_night() -> None:
    for world in map(config.world, WORLDS):
        assert all(entity.declared_delay_hours <= world.cut_off_hours for entity in load_entities(world))


def test_every_key_of_a_contract_has_two_values_among_the_shipped_ones() -> None:
    for field in (
        "source",
        "cadence",
        "delivers",
        "format",
        "key",
        "history",
        "event_time",
        "allow_empty",
        "max_bad_rate",
    ):
        assert len({getattr(entity, field) for entity in load_all()}) > 1, field


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no source entity 'crm__houshold'\. Did you mean 'crm__household'"):
        load_entity("crm__houshold")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("cadence: daily", "cadance: daily"), "Unknown key 'cadance'. Did you mean 'cadence'"),
        (("format: csv", "format: cvs"), "'cvs' is not possible here. Did you mean 'csv'"),
        (
            ("type: integer, required: true", "type: integer, requird: true"),
            "crm__household.yml:15: Unknown key 'requird'",
        ),
        (("[household_id]", "[houshold_id]"), "key names no column: 'houshold_id'. Did you mean 'household_id'"),
        (("[household_id]", "[age]"), "Column 'age' in key must be required and not personal"),
        (("name: income", "name: age"), "A column is declared twice"),
        (("entity: household", "entity: houshold"), "must be called 'crm__houshold.yml'"),
        (("format: csv", "format: csv\nevent_time: age"), "Column 'age' in event_time must be required"),
        (
            ("format: csv", "format: csv\nevent_time: household_id"),
            "event_time 'household_id' must be a timestamp or a date",
        ),
        (("format: csv", "format: csv\nhistory: true"), "A history load needs event_time"),
        (("name: age,", "name: age, path: a.b,"), "Columns of a csv have no path"),
        (("name: age,", "name: age, digest_of: [income],"), "A hash of labels needs a kind"),
        (
            ("name: household_id, type: integer,", "name: household_id, type: integer, format: email,"),
            "Only text has a",
        ),
        (("name: age,", "name: age, format: mail,"), "'mail' is not possible here. Did you mean 'email'"),
        (("household_{business_date}", "household"), "household.csv.gz"),
    ],
)
def test_a_wrong_contract_is_told_with_its_place(conf: Path, wrong: tuple[str, str], told: str) -> None:
    path = conf / "crm__household.yml"
    text = path.read_text()
    assert wrong[0] in text
    path.write_text(text.replace(wrong[0], wrong[1], 1))
    with pytest.raises(UsageError) as refused:
        load_entity("crm__household")
    assert told in str(refused.value)
    assert "crm__household.yml" in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            ("length_of: text", "length_of: txt"),
            "made from 'txt', which is no text of the contract. Did you mean 'text'",
        ),
        (("language_in: language", "language_in: contact_id"), "made from 'contact_id', which is no text"),
        (("sentiment_of: text", "required: true, sentiment_of: text"), "made while landing: integer, not required"),
        ((", language_in: language", ""), "'language_in' is a dependency of 'sentiment_of'"),
    ],
)
def test_what_is_made_of_a_text_must_have_one(conf: Path, wrong: tuple[str, str], told: str) -> None:
    path = conf / "social__engagement.yml"
    assert wrong[0] in path.read_text()
    path.write_text(path.read_text().replace(*wrong))
    with pytest.raises(UsageError) as refused:
        load_entity("social__engagement")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            ("email: email_sha256", "email: email_sha"),
            "names no text of the contract: 'email_sha'. Did you mean 'email_sh",
        ),
        (("dated_by: data_date", "dated_by: income_band"), "names no date of the contract: 'income_band'"),
        (("name: data_date, type: date, required: true", "name: data_date, type: date"), "must be required"),
        (("  licence:", "  license:"), "Unknown key 'license'. Did you mean 'licence'"),
    ],
)
def test_what_is_bought_says_by_what_it_joins_and_how_old_it_is(conf: Path, wrong: tuple[str, str], told: str) -> None:
    path = conf / "enrichment__consumer.yml"
    assert wrong[0] in path.read_text()
    path.write_text(path.read_text().replace(*wrong))
    with pytest.raises(UsageError) as refused:
        load_entity("enrichment__consumer")
    assert told in str(refused.value)


def test_personal_columns_need_a_key_to_be_kept_by(conf: Path) -> None:
    path = conf / "transactions__purchase.yml"
    path.write_text(path.read_text().replace("name: cds,", "name: cds, personal: true,"))
    with pytest.raises(UsageError, match="Personal columns are kept by the key"):
        load_entity("transactions__purchase")


@pytest.mark.parametrize(
    ("bad_rows", "read_rows", "is_held"),
    [
        (0, 0, False),
        (1, 1, True),
        (1, 2, False),
        (2, 103, False),
        (2, 10, True),
        (5, 100, True),
        (1_100, 100_000, True),
    ],
)
def test_a_few_bad_rows_of_a_small_file_may_be_chance(bad_rows: int, read_rows: int, is_held: bool) -> None:
    contact = load_entity("crm__contact")
    assert contact.max_bad_rate == 0.01
    assert contact.has_too_many_bad(bad_rows, read_rows) is is_held
