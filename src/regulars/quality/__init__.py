"""Judges tables by the suites in `expectations/`; the severity decides what happens to what fails."""
