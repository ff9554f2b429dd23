"""The names of RFM: complete, in order, and never called upon to claim what is not so."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from regulars.errors import UsageError
from regulars.segments.rfm_names import RfmName, load_rfm_names, load_rfm_overdue, rule_in_words
from regulars.segments.traits import slug

CELLS = list(product(range(1, 6), range(1, 6), range(1, 6), (1, 90, 91, 400), (False, True)))


def name_of(names: list[RfmName], r: int, f: int, m: int, first_order_days: int, is_overdue: bool) -> str:
    return next(name.rfm_segment for name in names if name.fits(r, f, m, first_order_days, is_overdue))


def test_every_cell_has_a_name_and_every_name_a_cell() -> None:
    names = load_rfm_names()
    given = {name_of(names, *cell) for cell in CELLS}
    assert given == {name.rfm_segment for name in names}


def test_lost_are_those_who_are_overdue_and_nobody_else() -> None:
    names = load_rfm_names()
    assert all((name_of(names, *cell) == "Lost") == cell[4] for cell in CELLS)


def test_no_recent_buyer_can_be_overdue_whatever_their_gap() -> None:
    assert load_rfm_overdue().at_least_days >= 90


def test_champions_are_high_in_all_three() -> None:
    names = load_rfm_names()
    for r, f, m, days, is_overdue in CELLS:
        if not is_overdue:
            assert (name_of(names, r, f, m, days, False) == "Champions") == (min(r, f, m) >= 4)


def test_new_ordered_first_within_90_days_and_are_not_champions() -> None:
    names = load_rfm_names()
    for r, f, m, days, is_overdue in CELLS:
        if not is_overdue and min(r, f, m) < 4:
            assert (name_of(names, r, f, m, days, False) == "New") == (days <= 90)


@pytest.mark.parametrize(
    ("r", "f", "m", "expected"),
    [
        (1, 5, 5, "Cannot Lose"),
        (2, 2, 3, "At Risk"),
        (1, 1, 1, "Hibernating"),
        (3, 5, 5, "Loyal"),
        (5, 4, 1, "Loyal"),
        (4, 1, 5, "Big Spenders"),
        (5, 3, 2, "Potential Loyalists"),
        (5, 1, 1, "Promising"),
        (3, 3, 3, "Needs Attention"),
    ],
)
def test_known_cells(r: int, f: int, m: int, expected: str) -> None:
    assert name_of(load_rfm_names(), r, f, m, 200, False) == expected


def test_names_give_segment_ids_of_their_own() -> None:
    names = load_rfm_names()
    assert len({slug(name.rfm_segment) for name in names}) == len(names)
    assert "at_risk" in {slug(name.rfm_segment) for name in names}


def test_the_rule_of_a_name_is_told_in_words() -> None:
    told = {name.rfm_segment: rule_in_words(name, load_rfm_overdue()) for name in load_rfm_names()}
    assert told["Champions"] == "recency score 4 to 5, frequency score 4 to 5, revenue score 4 to 5"
    assert told["Lost"] == "no order for 3 times the median gap between orders (at least 90 days)"
    assert told["New"] == "first order at most 90 days ago"
    assert told["Promising"] == "recency score 4 to 5, frequency score 1, revenue score 1 to 3"


def test_a_name_without_bounds_is_for_everybody_else(conf: Path) -> None:
    path = conf / "rfm" / "names.yml"
    text = path.read_text()
    start = text.index("  - name: Needs Attention")
    path.write_text(f"{text[:start]}  - {{name: Needs Attention, description: Everybody who is left.}}\n")
    assert rule_in_words(load_rfm_names()[-1], load_rfm_overdue()) == "everybody else"


def test_a_list_that_leaves_a_cell_without_a_name_is_refused(conf: Path) -> None:
    path = conf / "rfm" / "names.yml"
    text = path.read_text()
    path.write_text(text[: text.index("  - name: Needs Attention")])
    with pytest.raises(UsageError, match=r"No name fits r=3, f=1, m=1, first order 91 days ago, not overdue"):
        load_rfm_names()


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{name: Shadowed, r: [1, 1], description: Below a name that takes all.}", "Nobody can be called 'Shadowed'"),
        ("{name: Loyal, description: A second time the same.}", "The name 'Loyal' stands twice"),
        ("{name: Reversed, r: [4, 2], description: Bounds the wrong way round.}", "wrong way round: [4, 2]"),
    ],
)
def test_a_name_that_cannot_be_meant_is_refused(conf: Path, entry: str, told: str) -> None:
    path = conf / "rfm" / "names.yml"
    path.write_text(f"{path.read_text()}  - {entry}\n")
    with pytest.raises(UsageError) as caught:
        load_rfm_names()
    assert told in str(caught.value)


def test_an_unknown_bound_is_told_with_its_line(conf: Path) -> None:
    path = conf / "rfm" / "names.yml"
    path.write_text(path.read_text().replace("first_order_within_days", "first_order_in_days"))
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "first_order_in_days" in text)
    with pytest.raises(UsageError, match="Did you mean 'first_order_within_days'") as caught:
        load_rfm_names()
    assert caught.value.where == f"{path}:{line}"
