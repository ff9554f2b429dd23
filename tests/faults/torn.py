"""F2: files that are not whole, not what they say they are, or made to hurt whoever opens them."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import random
import stat
import zipfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars import ledger
from tests.faults import shop
from tests.faults.bench import NIGHT, Bench, assert_ended_well, land_and_judge
from tests.faults.registry import fault
from tests.faults.written import raw

PLAIN = f"basket_line_{NIGHT}_2.csv"
MIB = 1024**2
MOST_MEMORY = 300 * MIB


def plain_lines(bench: Bench, rows: int) -> bytes:
    """From what is published: a plain CSV of so many lines for the last day."""
    bench.start_from("golden")
    return shop.csv_bytes(shop.LINE_HEADER, shop.many_lines(rows))


@fault("F213", promise=["P1", "P7"], quick=True)
def cut_within_a_line(bench: Bench) -> None:
    """a plain CSV cut within its last line: that row is refused, the rest is taken"""
    whole = plain_lines(bench, 200)
    shop.drop(bench.inbox, f"transactions/{PLAIN}", whole[:-9])
    assert_ended_well(bench.land())
    assert bench.reasons(PLAIN) == {"no_line_end": 1}
    assert bench.became(PLAIN)["accepted_rows"] == 199


@fault("F214", promise=["P1", "P7"], quick=True)
def cut_at_a_line_end(bench: Bench) -> None:
    """a plain CSV cut at a line end: a manifest refuses it, and without one the rows of the day hold it"""
    bench.start_from("golden")
    lines = shop.csv_bytes(shop.LINE_HEADER, shop.many_lines(60)).splitlines(keepends=True)
    name = f"basket_line_{shop.LAST_DAY + timedelta(days=1)}.csv"
    path = shop.drop(bench.inbox, f"transactions/{name}", b"".join(lines[:12]))
    assert (run := bench.land()).exit_code == 3
    assert "volume" in run.told
    manifest = path.with_name(f"{name}.manifest.json")
    manifest.write_text(json.dumps({"rows": len(lines) - 1}))
    assert (run := bench.land()).exit_code == 3
    assert "manifest_rows" in run.told
    path.write_bytes(b"".join(lines))
    assert_ended_well(bench.land())


@fault("F215", promise=["P1", "P4"], quick=True, failpoints=["land.mid_read"])
def still_growing(bench: Bench) -> None:
    """a file that grows while it is read: not claimed, told, and taken whole when it stands still"""
    whole = plain_lines(bench, 200)
    half = whole.index(b"\n", len(whole) // 2) + 1
    path = shop.drop(bench.inbox, f"transactions/{PLAIN}", whole[:half])
    before = bench.rows(ledger.delivery)
    held = bench.start_apart(land_and_judge, "transactions", REGULARS_FAILPOINT="land.mid_read:stop")
    held.await_stop()
    with path.open("ab") as file:
        file.write(whole[half:])
    held.resume()
    assert (run := held.wait()).exit_code == 3
    assert "still_growing" in run.told
    assert bench.rows(ledger.delivery) == before
    assert_ended_well(bench.land())
    assert bench.became(PLAIN)["accepted_rows"] == 200


@fault("F216", promise=["P7"], quick=True)
def broken_parquet(bench: Bench) -> None:
    """Parquet with its footer cut off, with another magic, with another schema: each refused with its reason"""
    bench.start_from("golden")
    whole = shop.products()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    other = io.BytesIO()
    pq.write_table(pa.table({"product_id": ["1"], "price": [1.5]}), other)
    broken = {
        "truncated_parquet": whole[:-40],
        "not_parquet": b"RAP1" + whole[4:],
        "corrupt_parquet": whole[:footer] + bytes(40) + whole[footer + 40 :],
        "wrong_header": other.getvalue(),
    }
    for reason, content in broken.items():
        shop.drop(bench.inbox, f"transactions/product_{NIGHT}_{reason.replace('_', '-')}.parquet", content)
    assert bench.land().exit_code == 3
    for reason in broken:
        found = bench.became(f"product_{NIGHT}_{reason.replace('_', '-')}.parquet")
        assert found["reason"].startswith(reason), f"{reason}: {found['status']}, {found['reason']}"


@fault("F218", promise=["P7"])
def bombs(bench: Bench) -> None:
    """4 MB that unpack to 4 GB, a gzip in a gzip, a zip: denied, in less than 300 MB of memory"""
    bench.start_from("golden")
    member = gzip.compress(bytes(64 * MIB), 9, mtime=0)
    bombs = {
        f"basket_line_{NIGHT}_bomb.csv.gz": (member * 64, "decompression_bomb"),
        f"basket_line_{NIGHT}_nested.csv.gz": (gzip.compress(member * 64, 1, mtime=0), "wrong_header"),
        f"basket_line_{NIGHT}_zip.csv.zip": (_zip({"lines.csv": bytes(64 * MIB)}), "unknown_name"),
        f"basket_line_{NIGHT}_called.csv.gz": (_zip({"lines.csv": bytes(64 * MIB)}), "corrupt_gzip"),
    }
    for name, (content, _) in bombs.items():
        shop.drop(bench.inbox, f"transactions/{name}", content)
    used = bench.folder / "memory"
    assert bench.apart(_land_measured, str(used)).exit_code == 3
    for name, (_, reason) in bombs.items():
        found = bench.became(name)
        assert found["status"] == "refused", f"{name}: {found}"
        assert found["reason"].startswith((reason, "bad_encoding", "empty_file")), f"{name}: {found['reason']}"
    assert int(used.read_text()) < MOST_MEMORY, f"{int(used.read_text()) // MIB} MiB"


def _land_measured(used: str) -> None:
    from regulars import config
    from regulars.land.landing import land_source, require_landed

    before = _memory("VmRSS")
    summary = land_source(config.home(), config.world(), "transactions")
    Path(used).write_text(str(_memory("VmHWM") - before))
    try:
        require_landed(summary)
    except Exception:
        os._exit(3)


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            described = zipfile.ZipInfo(name)
            if name == "link":
                described.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(described, content)
    return packed.getvalue()


@fault("F219", promise=["P7", "P8"], quick=True)
def hostile_names(bench: Bench) -> None:
    """archives whose members climb out, names in gzip that do, links in the inbox: denied, nothing is written"""
    bench.start_from("golden")
    archive = _zip(dict.fromkeys(("../../out.csv", "/out.csv", "C:\\out.csv", "link", "nul\x00.csv"), b"x"))
    climbing = b"\x1f\x8b\x08\x08" + bytes(6) + b"../../../out.csv\0"
    lines = shop.csv_bytes(shop.LINE_HEADER, shop.many_lines(20))
    body = zlib.compressobj(wbits=-15)
    packed = climbing + body.compress(lines) + body.flush()
    packed += zlib.crc32(lines).to_bytes(4, "little") + len(lines).to_bytes(4, "little")
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_named.csv.gz", packed)
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_2.csv.zip", archive)
    shop.drop(bench.inbox, f"transactions/basket_line_{NIGHT}_3.csv.gz", archive)
    secret = bench.home.personal / "registry.parquet"
    (bench.inbox / "transactions" / f"basket_line_{NIGHT}_4.csv").symlink_to(secret)
    assert bench.land().exit_code == 3
    named = {"2.csv.zip": "unknown_name", "3.csv.gz": "corrupt_gzip", "4.csv": "not_a_file"}
    for ending, reason in named.items():
        assert bench.became(f"basket_line_{NIGHT}_{ending}")["reason"].startswith(reason)
    assert bench.became(f"basket_line_{NIGHT}_named.csv.gz")["accepted_rows"] == 20
    assert not list(_outside(bench)), f"written outside: {list(_outside(bench))}"
    kept = [path for path in (bench.home.landed / "raw").rglob("*") if path.is_file()]
    assert secret.read_bytes() not in [path.read_bytes() for path in kept]


def _outside(bench: Bench) -> Iterator[Path]:
    yield from (path for path in bench.folder.rglob("*out.csv*") if path.is_file())
    yield from (path for path in (bench.folder.parent / "out.csv", Path("/out.csv")) if path.exists())


@fault("F221", promise=["P1", "P7"])
def huge_field(bench: Bench) -> None:
    """a line of 50 MB, and one with a field of 20 MB: both rows are refused, the rest is taken"""
    bench.start_from("golden")
    chance = random.Random(221)
    long = [base64.b64encode(chance.randbytes(size)).decode() for size in (28 * MIB, 11 * MIB, 15 * MIB)]
    odd = [f"{long[0]},{long[1]},1,7,1,1.00,0,0,0,{NIGHT}T16:00:00Z\n".encode()]
    odd.append(raw(2).replace(b",7,", f",{long[2]},".encode(), 1))
    good = shop.csv_bytes(shop.LINE_HEADER, shop.many_lines(1_000)).splitlines(keepends=True)
    name = f"basket_line_{NIGHT}_2.csv.gz"
    shop.drop(bench.inbox, f"transactions/{name}", gzip.compress(b"".join([*good[:500], *odd, *good[500:]]), 1))
    assert_ended_well(bench.land())
    assert bench.reasons(name) == {"field_too_long": 2}
    assert bench.became(name)["accepted_rows"] == 1_000
    apart = bench.home.landed / "quarantine" / "transactions" / "basket_line"
    assert all(path.stat().st_size < MIB for path in apart.glob("*.parquet"))
