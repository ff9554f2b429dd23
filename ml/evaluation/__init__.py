"""Figures of merit, and the trial on a period no fit has seen."""
