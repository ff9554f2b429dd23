"""Buy till you die: how often customers order while they are alive, and whether they still are."""
