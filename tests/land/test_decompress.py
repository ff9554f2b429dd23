"""A damaged extract is refused, or its damage is where nothing is said: the bytes are the same."""

from __future__ import annotations

import gzip
import random

import pytest
import zstandard

from regulars.land import decompress
from regulars.land.decompress import unpacked
from regulars.land.reading import FileRefused

LINES = random.Random(7)
TEXT = "".join(
    f"{LINES.randrange(10**6)},{LINES.randrange(10**4)}.{LINES.randrange(100):02d}\n" for _ in range(3000)
).encode()
GZIP = gzip.compress(TEXT, mtime=0)
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(TEXT)


def outcome(raw: bytes, name: str) -> str:
    try:
        return "same" if unpacked(raw, name) == TEXT else "other"
    except FileRefused as refusal:
        return refusal.reason


@pytest.mark.parametrize(("raw", "name"), [(GZIP, "a.csv.gz"), (ZSTD, "a.csv.zst")])
def test_each_of_300_truncations_is_refused(raw: bytes, name: str) -> None:
    kept = [0, 1, 2, len(raw) - 1, *random.Random(1).sample(range(3, len(raw) - 1), 296)]
    assert {outcome(raw[:length], name) for length in kept} <= {"truncated_gzip", "truncated_zstd", "empty_file"}


@pytest.mark.parametrize(("raw", "name"), [(GZIP, "a.csv.gz"), (ZSTD, "a.csv.zst")])
def test_each_of_300_bit_flips_is_refused_or_changes_nothing(raw: bytes, name: str) -> None:
    header = range(10 * 8)
    flips = [*header, *random.Random(2).sample(range(10 * 8, len(raw) * 8), 300 - len(header))]
    outcomes = []
    for bit in flips:
        damaged = bytearray(raw)
        damaged[bit // 8] ^= 1 << bit % 8
        outcomes.append(outcome(bytes(damaged), name))
    assert "other" not in outcomes
    assert "same" not in outcomes[len(header) :]


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "a.gz"), (zstandard.compress, "a.zst")])
def test_members_one_after_the_other_are_one_file(pack: object, name: str) -> None:
    assert unpacked(pack(TEXT) + pack(b"") + pack(TEXT), name) == TEXT + TEXT  # type: ignore[operator]


def test_a_later_member_that_is_cut_off_refuses_the_file() -> None:
    assert outcome(GZIP + GZIP[:-1], "a.gz") == "truncated_gzip"
    assert outcome(ZSTD + ZSTD[:-1], "a.zst") == "truncated_zstd"


def test_more_bytes_than_allowed_are_refused_while_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decompress, "MOST_BYTES", len(TEXT) - 1)
    assert [outcome(GZIP, "a.gz"), outcome(ZSTD, "a.zst"), outcome(TEXT, "a")] == ["too_large"] * 3


def test_honest_text_that_shrinks_well_is_no_bomb() -> None:
    text = b"2024-03-05T08:00:00Z,constant,columns,everywhere,0.00\n" * 400_000
    assert len(unpacked(gzip.compress(text, 1), "a.gz")) == len(text)
