"""Point-in-time frames: what a night knew, beside what happened afterwards."""
