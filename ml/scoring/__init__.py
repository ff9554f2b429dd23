"""Scores of one night: from the champion, or from the baseline, which says so."""
