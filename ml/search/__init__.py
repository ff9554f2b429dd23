"""Choosing parameters: tries on past periods and other customers, beside what ships and what is well known."""
