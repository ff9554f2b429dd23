"""One self-contained page from the marts of one candidate, and the few lines that end a run."""
