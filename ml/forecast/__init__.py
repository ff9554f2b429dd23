"""What customers will buy within a horizon, learned from a log of their orders and from nothing else."""
