"""Rows kept apart: counted, shown without what is personal, and read again once the contract is mended."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from regulars import config, ledger, sources
from regulars.config import Home
from regulars.errors import RegularsError, UsageError
from regulars.land.landing import land_source
from regulars.land.quarantine import list_quarantine, show_quarantine
from regulars.land.receipts import READ_AGAIN
from regulars.land.replay import ALL, QUARANTINED, replay_source
from tests.land.corner_shop import DAY, NEXT_DAY, SALES, WORLD, Shop, sales, zipped
from tests.land.test_landing import parquet_of, without_clock

TABLES = (ledger.delivery, ledger.content, ledger.quarantine_reason)
DEAR = "7,dear,2000000.00,2024-03-05T08:00:00Z,"
PEOPLE = zipped(
    b"person_id,name,email,city\n1,Tara,tara@example.org,Leh\n"
    b"x,Dolma,dolma@example.org,Leh\ny,Rigzin,rigzin@example.org,Leh\n"
)


@pytest.fixture
def strict(shop: Shop) -> Shop:
    """The shop after it landed rows that its contracts refuse: some rows, most of a file, and a file whole."""
    shop.drop(f"sale_{DAY}.csv", sales(*SALES, DEAR))
    shop.drop(f"sale_{NEXT_DAY}.csv", sales(DEAR))
    shop.drop(f"sale_{DAY}_b.csv", sales(*SALES[:3]).replace(b"amount", b"sum"))
    shop.drop(f"person_{DAY}.csv.gz", PEOPLE)
    shop.land()
    return shop


@pytest.fixture
def mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replaces a text in a contract of a copy of the conf, from now on."""

    def mended(shop: Shop, name: str, old: str, new: str) -> Shop:
        conf = tmp_path / "mended"
        if not conf.exists():
            shutil.copytree(shop.conf, conf)
        path = conf / "sources" / f"{name}.yml"
        assert path.read_text().count(old) == 1
        path.write_text(path.read_text().replace(old, new))
        monkeypatch.setattr(config, "CONF", conf)
        sources.load_entity.cache_clear()
        return Shop(shop.home, conf)

    yield mended
    sources.load_entity.cache_clear()


def replay(shop: Shop, which: str = QUARANTINED) -> dict[str, Any]:
    return replay_source(shop.home, WORLD, "shop", which, "a run")


def clean(shop: Shop, home: Path) -> Shop:
    """The same files landed from the start by the contracts in force now."""
    other = Shop(Home(home), shop.conf)
    shutil.copytree(shop.home.inbox, other.home.inbox)
    other.land()
    return other


def assert_same(one: Shop, other: Shop) -> None:
    assert parquet_of(one) == parquet_of(other)
    for table in TABLES:
        assert without_clock(one.rows(table)) == without_clock(other.rows(table))


def test_what_is_read_again_is_what_a_mended_contract_gives_from_the_start(
    strict: Shop, mend: Any, tmp_path: Path
) -> None:
    mended = mend(strict, "shop__sale", "required: true, maximum: 1000000", "required: true")
    summary = replay(mended)
    assert summary["entities"]["shop__sale"]["landed"] == 2
    assert_same(mended, clean(mended, tmp_path / "clean"))
    left = {row["reason"].split(":")[0] for row in list_quarantine(mended.home)}
    assert left == {"missing_column", "person_id", "bad_rate"}


def test_it_needs_no_inbox_and_a_second_time_changes_nothing(strict: Shop, mend: Any) -> None:
    mended = mend(strict, "shop__sale", "required: true, maximum: 1000000", "required: true")
    shutil.rmtree(strict.home.inbox)
    replay(mended)
    before = parquet_of(mended), mended.rows(ledger.content)
    replay(mended, ALL)
    assert (parquet_of(mended), mended.rows(ledger.content)) == before


def test_reading_all_again_rebuilds_the_landed_parquet_from_the_raw_bytes(strict: Shop) -> None:
    before = parquet_of(strict)
    shutil.rmtree(strict.home.landed / "shop")
    shutil.rmtree(strict.home.landed / "quarantine")
    replay(strict, ALL)
    assert parquet_of(strict) == before


@pytest.mark.parametrize("place", ["land.after_parquet_written:kill", "land.before_ledger:kill"])
def test_killed_anywhere_no_night_may_use_it_and_the_same_call_goes_on(
    strict: Shop, mend: Any, tmp_path: Path, place: str
) -> None:
    mended = mend(strict, "shop__sale", "required: true, maximum: 1000000", "required: true")
    assert replay_apart(mended, place) == -signal.SIGKILL
    statuses = {row["status"] for row in mended.rows(ledger.content) if row["quarantined_rows"]}
    assert statuses == {"held"}
    assert READ_AGAIN in {row["reason"] for row in list_quarantine(mended.home)}
    replay(mended)
    assert_same(mended, clean(mended, tmp_path / "clean"))


def replay_apart(shop: Shop, failpoint: str) -> int:
    return shop.apart("regulars.land.replay", "replay_source", "'quarantined', 'a killed run'", failpoint)


def test_one_content_is_read_again_by_the_first_digits_of_its_hash(strict: Shop, mend: Any) -> None:
    mended = mend(strict, "shop__sale", "required: true, maximum: 1000000", "required: true")
    wanted = mended.content_of(f"sale_{NEXT_DAY}.csv")["content_sha256"]
    replay(mended, wanted[:10])
    assert mended.content_of(f"sale_{NEXT_DAY}.csv")["status"] == "landed"
    assert mended.content_of(f"sale_{DAY}.csv")["quarantined_rows"] == 1
    with pytest.raises(UsageError, match="has no content 'ffffffff'"):
        replay(mended, "ffffffff")


def test_kept_bytes_that_are_gone_or_altered_are_refused_and_nothing_changes(strict: Shop) -> None:
    before = strict.rows(ledger.content)
    sha256 = strict.content_of(f"sale_{DAY}.csv")["content_sha256"]
    (strict.home.landed / "raw" / "shop" / f"{sha256}.csv").write_bytes(b"other")
    with pytest.raises(RegularsError, match="gone or altered"):
        replay(strict)
    assert strict.rows(ledger.content) == before and strict.rows(ledger.lease) == []


def test_a_night_at_work_is_waited_for(strict: Shop) -> None:
    store = ledger.Ledger(strict.home.operations_url)
    store.take_lease(ledger.NIGHT_LEASE, "the night", "")
    with pytest.raises(RegularsError, match="'the night' is at work"):
        replay(strict)


def test_what_a_manifest_said_counts_when_its_file_is_read_again(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", sales(*SALES))
    shop.drop(f"sale_{DAY}.csv.manifest.json", b'{"rows": 11}')
    shop.land()
    shutil.rmtree(shop.home.inbox)
    assert replay(shop)["problems"][0]["reason"].startswith("manifest_rows")


def test_columns_that_become_personal_take_the_kept_bytes_with_them(strict: Shop, mend: Any) -> None:
    mended = mend(strict, "shop__sale", "{name: note, type: text}", "{name: note, type: text, personal: true}")
    replay(mended, ALL)
    left = {path for path in parquet_of(mended) if path.startswith("landed/quarantine/")}
    assert left == set() and not list((mended.home.landed / "raw" / "shop").iterdir())
    assert "note" not in mended.accepted()[0]
    assert len(list((mended.home.personal / "raw" / "shop").glob("*.csv"))) == 3


def test_the_list_counts_rows_and_files_by_reason_with_their_age(strict: Shop) -> None:
    listed = {(row["entity"], row["kind"], row["reason"].split(":")[0]): row for row in list_quarantine(strict.home)}
    assert listed["sale", "rows", "amount"]["rows"] == 2
    assert len(listed["sale", "rows", "amount"]["contents"]) == 2
    assert listed["sale", "file", "missing_column"]["rows"] == 0
    assert {row["age_days"] for row in listed.values()} == {0}


def test_rows_are_shown_with_line_and_reason_and_without_what_is_personal(strict: Shop) -> None:
    shown = show_quarantine(strict.home, WORLD, "shop", 20)
    person, _ = [row for row in shown if row["entity"] == "person"]
    assert (person["line"], person["reason"]) == (3, "person_id: not an integer")
    assert person["row"] == '{"person_id": "x", "name": "(hidden)", "email": "(hidden)", "city": "Leh"}'
    dear = [row for row in shown if row["entity"] == "sale"]
    assert [(row["line"], row["row"]) for row in dear] == [(12, DEAR), (2, DEAR)]
    assert len(show_quarantine(strict.home, WORLD, "shop", 1)) == 1
    with pytest.raises(UsageError, match=r"no source 'shopp'\. Did you mean 'shop'"):
        show_quarantine(strict.home, WORLD, "shopp", 1)


def test_a_row_whose_columns_cannot_be_told_apart_is_hidden_whole(shop: Shop) -> None:
    shop.drop(f"person_{DAY}.csv.gz", zipped(b'person_id,name,email,city\n1,Tara,"tara@example.org\n2,x\n'))
    shop.land()
    assert {row["row"] for row in show_quarantine(shop.home, WORLD, "shop", 20)} == {"(hidden)"}


def test_landing_in_between_reads_again_what_a_killed_replay_left(strict: Shop, mend: Any, tmp_path: Path) -> None:
    mended = mend(strict, "shop__sale", "required: true, maximum: 1000000", "required: true")
    assert replay_apart(mended, "land.before_ledger:kill") == -signal.SIGKILL
    land_source(mended.home, WORLD, "shop")
    assert_same(mended, clean(mended, tmp_path / "clean"))
