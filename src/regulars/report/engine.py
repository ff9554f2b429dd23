"""The chart engine that is part of the page, and the policy that lets the page run nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from regulars.durable import write_text

TEMPLATES = Path(__file__).parent / "templates"
"""The page and what is put into it."""

_MADE_ONCE = Path(__file__).parent / "made"


@cache
def bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one script that ends with our own ``charts.js``.

    To make it takes a second: it is what `bundle_for_every_page` left, where that was made of the same.
    """
    made = _made()
    return made.read_text(encoding="utf-8") if made.exists() else _bundled()


def bundle_for_every_page() -> None:
    """Make the script once, where every page takes it from."""
    write_text(_made(), _bundled())


def _bundled() -> str:
    import vl_convert

    return vl_convert.javascript_bundle(_start())


def _start() -> str:
    return (TEMPLATES / "charts.js").read_text(encoding="utf-8")


def _made() -> Path:
    made_of = f"{_start()}{version('vl-convert-python')}{versions()}"
    return _MADE_ONCE / f"{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.js"


def versions() -> str:
    """Names and versions of what is in the bundle."""
    import vl_convert

    lite = vl_convert.get_vegalite_versions()[-1]
    return f"Vega {vl_convert.get_vega_version()}, Vega-Lite {lite}, vega-embed {vl_convert.get_vega_embed_version()}"


def content_security_policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """The policy under which exactly these inline scripts and style sheets work, and nothing is fetched.

    Nothing needs `unsafe-eval`: the charts are interpreted (``ast``), not compiled.
    """
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Iterable[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
