"""Whether what models read, say and foretell is still as it was when they were trained."""
