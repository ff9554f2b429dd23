"""The charts of a page as files: each as its Vega-Lite specification and as PNG, for slides and papers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from regulars.durable import make_folder, write_bytes, write_text
from regulars.errors import RegularsError

_CHART = re.compile(r'<script type="application/json" data-chart="([\w-]+)">(.*?)</script>', re.DOTALL)
_COLOUR = re.compile(r"(--\w+): (#[0-9a-f]{6});")
_VARIABLE = re.compile(r"var\((--\w+)\)")
WIDTH = 640
_SCALE = 2


def write_pictures(page: Path, folder: Path, prefix: str) -> list[Path]:
    """Write ``<id>.vl.json`` and ``<id>.png`` of each chart of ``page`` whose id begins so; gives the PNGs.

    Colours are those of the page's light theme. Raises RegularsError where the page has no such chart.
    """
    import vl_convert

    text = page.read_text(encoding="utf-8")
    # The first theme of the style sheet is the light one.
    colours: dict[str, str] = {}
    for name, colour in _COLOUR.findall(text):
        colours.setdefault(name, colour)
    written = []
    for name, spec in _CHART.findall(text):
        if name.startswith(prefix):
            plain = _on_paper(json.loads(spec), colours)
            make_folder(folder)
            write_text(folder / f"{name}.vl.json", json.dumps(plain, indent=1))
            write_bytes(folder / f"{name}.png", vl_convert.vegalite_to_png(json.dumps(plain), scale=_SCALE))
            written.append(folder / f"{name}.png")
    if not written:
        raise RegularsError(
            f"The page has no chart '{prefix}…'", where=str(page), next_step="the page says why there is none"
        )
    return written


def _on_paper(spec: dict[str, Any], colours: dict[str, str]) -> dict[str, Any]:
    told = _VARIABLE.sub(lambda found: colours[found[1]], json.dumps(spec))
    sized: dict[str, Any] = {**json.loads(told), "width": WIDTH}
    return {**sized, "config": {**sized["config"], "background": colours["--paper"]}}
