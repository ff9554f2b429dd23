"""`conf/identity/people.yml`: data about who is who, refused where it names what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from regulars import config
from regulars.errors import UsageError
from regulars.resolve.rules import load_people_rules


def test_rules_are_cut_to_the_roles_a_table_has() -> None:
    rules = load_people_rules().for_roles(["last_name", "email"])
    assert {each.role for each in rules.comparisons} == {"last_name", "email"}
    assert {each.role for each in load_people_rules().for_roles(["city", "postcode"]).comparisons} == {"postcode"}
    assert {each.role for each in load_people_rules().for_roles(["city"]).comparisons} == {"city"}
    others = {level.other_role for each in rules.comparisons for level in each.levels}
    assert others == {None, "email_name", "email_digits"}
    assert [rule.name for rule in rules.rules] == ["same_email"]
    assert ("email_name",) in rules.blocking and rules.swapped == ()
    house_number, _ = load_people_rules().for_roles(["postcode", "house_number"]).comparisons
    assert house_number.moves_with == ("postcode",)


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ("same: [email], unless", "same: [emial], unless", "Did you mean 'email'?"),
        ("threshold: 0.8", "treshold: 0.8", "threshold"),
        ("caps: {loyalty_number", "caps: {loyalty_numbr", "Did you mean 'loyalty_number'?"),
        ("moves_with: [postcode]", "moves_with: [postcod]", "Did you mean 'postcode'?"),
    ],
)
def test_a_misspelt_word_is_told_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, right: str, told: str
) -> None:
    folder = tmp_path / "identity"
    folder.mkdir()
    text = (config.CONF / "identity" / "people.yml").read_text()
    assert wrong in text
    (folder / "people.yml").write_text(text.replace(wrong, right))
    (folder / "schema.json").write_text((config.CONF / "identity" / "schema.json").read_text())
    monkeypatch.setattr(config, "CONF", tmp_path)
    with pytest.raises(UsageError) as refused:
        load_people_rules()
    assert told in str(refused.value)
