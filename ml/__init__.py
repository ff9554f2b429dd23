"""Learning: frames, models, evaluation, registry, scoring."""
