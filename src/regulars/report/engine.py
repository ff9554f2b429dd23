"""The chart engine that is part of the page, and the policy that lets the page run nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache


@cache
def bundle(start: str) -> str:
    """Vega, Vega-Lite and vega-embed as one script that ends with ``start``, which may use ``vegaEmbed``."""
    import vl_convert

    return vl_convert.javascript_bundle(start)


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
