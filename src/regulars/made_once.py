"""``python -m regulars.made_once``: what every home takes over is made once, when the project is installed."""

from __future__ import annotations

from regulars.build import layers
from regulars.report import engine


def main() -> None:
    """Have dbt read the project, and bundle the script of the report."""
    layers.parse_for_every_home()
    engine.bundle_for_every_page()


if __name__ == "__main__":
    main()
