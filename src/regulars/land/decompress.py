"""Whole bytes out of gzip and zstd, or a refusal: cut off, damaged, followed by something else, or a bomb."""

from __future__ import annotations

import os
import zlib

import zstandard

from regulars.land.reading import FileRefused

MOST_BYTES = int(os.environ.get("REGULARS_MOST_EXTRACT_BYTES", 2 * 1024**3))
"""A file that unpacks to more is refused."""

HONEST_RATIO = 200
HONEST_BYTES = 16 * 1024**2
"""Text shrinks 5 to 30 times; beyond these bytes, what has unpacked to more than the ratio is a bomb."""

_GZIP_CHUNK = 8 * 1024**2
_GZIP_PORTION = 1024**2
_ZSTD_CHUNK = 2 * 1024
_ZSTD_WINDOW = 128 * 1024**2

ENDINGS = ("", ".gz", ".zst")
"""Endings after the format's own; none means plain."""


def unpacked(raw: bytes, name: str) -> bytes:
    """The bytes inside ``raw`` by the ending of ``name``; every member is checked by its CRC and size.

    Raises FileRefused. A zstd frame without a checksum is checked for its structure only: it has nothing else.
    """
    if name.endswith(".gz"):
        return _gunzipped(raw)
    if name.endswith(".zst"):
        return _zstd_unpacked(raw)
    _refuse_excess(len(raw), len(raw))
    return raw


def _gunzipped(raw: bytes) -> bytes:
    if not raw:
        raise FileRefused("empty_file", "the file has no bytes, not even those of an empty gzip")
    pieces: list[bytes] = []
    size, at = 0, 0
    while at < len(raw):
        member, given = zlib.decompressobj(wbits=31), b""
        while not member.eof:
            # In small portions: what a call leaves over is copied.
            given = given or raw[at : (at := at + _GZIP_PORTION)]
            try:
                piece = member.decompress(given, _GZIP_CHUNK)
            except zlib.error as broken:
                raise FileRefused("corrupt_gzip", f"{broken}; have it delivered again") from None
            if not piece and not given and not member.eof:
                raise FileRefused("truncated_gzip", "the file ends within the data; have it delivered again")
            given = member.unconsumed_tail
            size += len(piece)
            _refuse_excess(size, min(at, len(raw)) - len(given or member.unused_data))
            pieces.append(piece)
        at = min(at, len(raw)) - len(member.unused_data)
    return b"".join(pieces)


def _zstd_unpacked(raw: bytes) -> bytes:
    if not raw:
        raise FileRefused("empty_file", "the file has no bytes, not even those of an empty zstd frame")
    pieces: list[bytes] = []
    size, at = 0, 0
    while at < len(raw):
        frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        while not frame.eof and at < len(raw):
            chunk = raw[at : at + _ZSTD_CHUNK]
            try:
                pieces.append(frame.decompress(chunk))
            except zstandard.ZstdError as broken:
                raise FileRefused("corrupt_zstd", f"{broken}; have it delivered again") from None
            at += len(chunk) - len(frame.unused_data)
            size += len(pieces[-1])
            _refuse_excess(size, at)
        if not frame.eof:
            raise FileRefused("truncated_zstd", "the file ends within the data; have it delivered again")
    return b"".join(pieces)


def _refuse_excess(size: int, packed: int) -> None:
    """``packed``: what has been read so far; the rest of a bomb may be as large as it likes."""
    if size > MOST_BYTES:
        raise FileRefused("too_large", f"more than {MOST_BYTES:,} bytes when unpacked")
    if size > HONEST_BYTES and size > HONEST_RATIO * packed:
        raise FileRefused("decompression_bomb", f"it unpacks to more than {HONEST_RATIO} times its size")
