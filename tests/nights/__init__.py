"""Nights on end of a simulated shop: killed, late and corrected, against rebuild and backfill."""
