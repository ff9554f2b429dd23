"""Consent: what people agreed or objected to, the audited log of it, and what holds. Imports no stage."""
