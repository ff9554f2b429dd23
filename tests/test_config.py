"""Configuration errors give file, line and the nearest right word; worlds never mix."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from regulars import config
from regulars.errors import UsageError

SCHEMA = """{"type": "object", "additionalProperties": false, "properties": {
  "owner": {"type": "string"}, "cadence": {"enum": ["daily", "once"]}, "delay_hours": {"type": "integer"},
  "columns": {"type": "array", "items": {"type": "object", "additionalProperties": false,
    "properties": {"name": {"type": "string"}, "required": {"type": "boolean"}}}}}}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schema.json").write_text(SCHEMA)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("owner: a\nonwer: b\n", 2, "Unknown key 'onwer'. Did you mean 'owner'?"),
        ("owner: a\ncadence: dayly\n", 2, "'dayly' is not possible here. Did you mean 'daily'?"),
        ("owner: a\n\ndelay_hours: soon\n", 3, "'soon' is not of type 'integer'"),
        ("columns:\n  - name: a\n  - nam: b\n", 3, "Unknown key 'nam'. Did you mean 'name'?"),
        ("owner: [a\n", 2, "This is not YAML"),
    ],
)
def test_a_wrong_key_or_value_is_told_with_its_line(folder: Path, text: str, line: int, words: str) -> None:
    path = folder / "x.yml"
    path.write_text(text)
    with pytest.raises(UsageError) as told:
        config.load_yaml(path)
    assert words in str(told.value)
    assert told.value.where == f"{path}:{line}"


def test_yaml_cannot_make_objects(folder: Path) -> None:
    path = folder / "x.yml"
    path.write_text("owner: !!python/object/apply:os.system ['true']\n")
    with pytest.raises(UsageError, match="This is not YAML"):
        config.load_yaml(path)


def test_an_unknown_world_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'cdnow'"):
        config.world("cdnwo")


def test_a_home_belongs_to_one_world(tmp_path: Path) -> None:
    home = config.Home(tmp_path)
    config.claim_home(home, "cdnow")
    config.claim_home(home, "cdnow")
    with pytest.raises(UsageError, match="belongs to the world 'cdnow', not to 'complete_journey'"):
        config.claim_home(home, "complete_journey")


def test_what_is_personal_is_closed_to_others(tmp_path: Path) -> None:
    home = config.Home(tmp_path)
    config.claim_home(home, "cdnow")
    assert home.personal.stat().st_mode & 0o777 == 0o700


def test_the_night_of_a_day_speaks_for_the_start_of_the_next_in_the_business_zone() -> None:
    journey, cdnow = config.world("complete_journey"), config.world("cdnow")
    assert journey.as_of(date(2017, 12, 31)) == datetime(2018, 1, 1, 5)
    assert journey.as_of(date(2017, 7, 4)) == datetime(2017, 7, 5, 4)
    assert cdnow.as_of(date(1998, 6, 30)) == datetime(1998, 7, 1)


def test_a_world_says_when_its_sources_are_alive() -> None:
    journey = config.world("complete_journey")
    assert [journey.is_alive(day) for day in (date(2016, 12, 31), date(2017, 1, 1), date(2017, 12, 31))] == [
        False,
        True,
        True,
    ]
    assert not journey.is_alive(date(2026, 11, 22))


def test_the_home_says_its_world_unless_the_environment_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    monkeypatch.delenv("REGULARS_WORLD", raising=False)
    assert config.world_name() == config.DEFAULT_WORLD
    config.claim_home(config.Home(tmp_path), "cdnow")
    assert config.world_name() == "cdnow"
    monkeypatch.setenv("REGULARS_WORLD", "shop")
    assert config.world_name() == "shop"
