"""Breaks the pipeline on purpose, everywhere, and checks what it has promised."""
