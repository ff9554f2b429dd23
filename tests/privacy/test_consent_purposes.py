"""What may be agreed to is data, and a slip in it is told with its line and the nearest right word."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from regulars import config
from regulars.errors import UsageError
from regulars.privacy.consent_purposes import load_purposes
from regulars.sources import load_entity

EMAIL = "{entity: crm__contact, column: email_consent, effective_at: consent_at}"


@pytest.fixture
def purposes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The shipped file, in a copy that a test may spoil."""
    shutil.copytree(config.CONF, tmp_path / "conf")
    monkeypatch.setattr(config, "CONF", tmp_path / "conf")
    load_entity.cache_clear()
    yield tmp_path / "conf" / "consent" / "purposes.yml"
    load_entity.cache_clear()


def line_with(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_channels_and_tracking_ask_first_and_analytics_and_profiling_may_be_objected_to() -> None:
    basis = {(one.purpose, one.channel): one.basis for one in load_purposes()}
    asked = {pair for pair, what in basis.items() if what == "opt_in"}
    assert asked == {("marketing", channel) for channel in ("email", "sms", "push", "post", "ads")} | {
        ("tracking", "web"),
        ("tracking", "app"),
    }
    assert set(basis) - asked == {("analytics", "records"), ("profiling", "records")}


def test_an_answer_names_the_record_without_the_time_of_its_change() -> None:
    found = {(one.purpose, one.channel): one.answers for one in load_purposes()}
    crm, export = found["marketing", "email"]
    assert (crm.view, crm.source, crm.column) == ("crm__contact", "'crm'", "email_consent")
    assert crm.record_key == "cast(contact_id as varchar)"
    assert crm.effective_at == ("consent_at", "updated_at", "_known_at")
    assert (export.view, export.source, export.record_key) == (
        "export__contact",
        "_source",
        "concat(_source, ':', contact_ref)",
    )
    assert found["tracking", "web"] == ()


def test_a_policy_holds_until_the_next_one_is_shown() -> None:
    first, second = next(one.policies for one in load_purposes() if one.purpose == "marketing")
    assert first.valid_until == second.valid_from == date(2025, 2, 1)
    assert second.valid_until is None


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("basis: opt_in\n", "basis: optin\n", "'optin' is not possible here. Did you mean 'opt_in'?"),
        ("    jurisdiction: DE\n", "    jurisdicton: DE\n", "Unknown key 'jurisdicton'. Did you mean 'jurisdiction'?"),
        (EMAIL, EMAIL.replace("email_consent", "emailconsent"), "Did you mean 'email_consent'?"),
        (EMAIL, EMAIL.replace("consent_at", "consented_at"), "Did you mean 'consent_at'?"),
        (EMAIL, EMAIL.replace("crm__contact", "crm__contacts"), "Did you mean 'crm__contact'?"),
        (EMAIL, EMAIL.replace("email_consent", "email"), "'crm__contact' has no column 'email' outside personal/"),
        (EMAIL, EMAIL.replace("email_consent", "created_at"), "Column 'created_at' must be a text"),
        (EMAIL, EMAIL.replace("consent_at", "birth_year"), "Column 'birth_year' must be a timestamp"),
        (EMAIL, EMAIL.replace("crm__contact", "transactions__product"), "has no column 'email_consent'"),
    ],
)
def test_a_slip_is_told_with_its_line(purposes: Path, right: str, wrong: str, words: str) -> None:
    purposes.write_text(purposes.read_text().replace(right, wrong, 1))
    with pytest.raises(UsageError) as told:
        load_purposes()
    assert words in told.value.what
    assert told.value.where == f"{purposes}:{line_with(purposes, wrong.strip())}"


def test_an_entity_whose_key_tells_no_record_gives_no_answers(purposes: Path) -> None:
    said = "{entity: transactions__order_line, column: currency, effective_at: ordered_at}"
    lines = config.CONF / "sources" / "transactions__order_line.yml"
    lines.write_text(lines.read_text() + "  - {name: currency, type: text}\n")
    purposes.write_text(purposes.read_text().replace(EMAIL, said))
    with pytest.raises(UsageError, match="must be one column, which tells the record"):
        load_purposes()


def test_a_pair_stands_once(purposes: Path) -> None:
    purposes.write_text(purposes.read_text().replace("channel: sms", "channel: email"))
    with pytest.raises(UsageError, match="'marketing' on the channel 'email' stands twice"):
        load_purposes()


def test_policies_stand_in_the_order_of_their_days(purposes: Path) -> None:
    purposes.write_text(purposes.read_text().replace("from: 2025-02-01", "from: 2018-05-25"))
    with pytest.raises(UsageError, match="in the order of their days"):
        load_purposes()


def test_the_purpose_models_look_for_cannot_go_by_another_name(purposes: Path) -> None:
    purposes.write_text(purposes.read_text().replace("purpose: profiling", "purpose: profilling"))
    with pytest.raises(UsageError, match=r"There is no purpose 'profiling'\. Did you mean 'profilling'"):
        load_purposes()
