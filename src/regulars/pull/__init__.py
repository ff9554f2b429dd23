"""What a source keeps in a database or behind a service becomes an ordinary delivery in the inbox."""
