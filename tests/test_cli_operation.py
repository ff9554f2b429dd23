"""`regulars quarantine`, `regulars sources` and `regulars consent`: what they print, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from regulars import cli, config, ledger, sources
from regulars.config import Home
from regulars.errors import RegularsError, UsageError
from regulars.land.landing import land_source
from tests.land.corner_shop import zipped

PEOPLE = zipped(
    b"household_id,age,income,home_ownership,marital_status,household_size,household_comp,kids_count\n"
    + b"".join(b"%d,19-24,50-74K,,,,2 Adults,0\n" % number for number in range(150))
    + b"x,19-24,,,,,,\n"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of the default world into which the CRM has dropped a file with one bad row."""
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    monkeypatch.delenv("REGULARS_WORLD", raising=False)
    monkeypatch.delenv("REGULARS_OPERATIONS_URL", raising=False)
    sources.load_entity.cache_clear()
    (tmp_path / "inbox" / "crm").mkdir(parents=True)
    (tmp_path / "inbox" / "crm" / "household_2017-12-31.csv.gz").write_bytes(PEOPLE)
    land_source(config.home(), config.world(), "crm")
    yield config.home()


def said(*arguments: str) -> str:
    outcome = CliRunner().invoke(cli.main.commands[arguments[0]], arguments[1:], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_the_list_says_where_how_many_and_why(home: Home) -> None:
    text = said("quarantine", "list")
    assert "household_id: not an integer" in text and "1 rows" in text
    (row,) = json.loads(said("quarantine", "list", "--json"))
    assert (row["source"], row["entity"], row["kind"], row["rows"], row["age_days"]) == (
        "crm",
        "household",
        "rows",
        1,
        0,
    )


def test_rows_are_shown_with_file_line_and_reason(home: Home) -> None:
    text = said("quarantine", "show", "crm")
    assert "household_2017-12-31.csv.gz, line 152: household_id: not an integer\n  x,19-24,,,,,," in text
    assert json.loads(said("quarantine", "show", "crm", "--json"))[0]["line"] == 152
    assert "No row of 'web' is kept apart." in said("quarantine", "show", "web")


def test_sources_are_listed_with_promises_and_deliveries(home: Home) -> None:
    text = said("sources")
    for word in ("crm__household", "CRM team", "required", "household_id", "2017-12-31", "3 h", "0% home_ownership"):
        assert word in text, word
    described = {row["entity"]: row for row in json.loads(said("sources", "--json"))}
    assert (described["household"]["rows"], described["basket_line"]["rows"]) == (151, 0)


def test_one_source_shows_its_columns(home: Home) -> None:
    text = said("sources", "crm__household")
    assert "Owner: CRM team" in text and "home_ownership" in text and "100.00%" in text
    with pytest.raises(UsageError, match=r"no source entity 'crm__houshold'\. Did you mean 'crm__household'"):
        said("sources", "crm__houshold")


def test_sources_say_of_how_many_customers_they_know_and_what_models_rest_on_them(
    published_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_HOME", str(published_home))
    monkeypatch.delenv("REGULARS_WORLD", raising=False)
    found = {row["entity"]: row for row in json.loads(said("sources", "--json"))}
    shares = {name: (row["customer_share"], row["feature_share"]) for name, row in found.items()}
    assert shares["basket_line"] == (1, 1)
    assert 0.3 < shares["household"][0] < 0.4 and shares["household"][1] == 0
    assert shares["product"][0] is None, "a catalogue speaks of nobody"


def test_nothing_kept_apart_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    assert "Nothing is kept apart." in said("quarantine", "list")


def test_the_ledger_of_consents_is_verified_and_a_forged_row_is_named(home: Home) -> None:
    assert said("consent", "verify").startswith("0 decisions, the chain is whole. Head: 000")
    assert json.loads(said("consent", "verify", "--json")) == {"decisions": 0, "head": "0" * 64}
    at = dict.fromkeys(("effective_at", "recorded_at"), datetime(2025, 3, 1))
    forged = {"position": 1, "source": "crm", "record_key": "1", "purpose": "marketing", "channel": "email"}
    forged |= {"decision": "grant", "policy_version": None, "jurisdiction": "DE", "hash": "a" * 64}
    store = ledger.Ledger(home.operations_url)
    with store.transaction() as transaction:
        store.upsert(transaction, ledger.consent_decision, [forged | at])
    with pytest.raises(RegularsError, match="Decision 1 is not what was appended"):
        said("consent", "verify")
