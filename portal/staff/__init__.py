"""Staff work here: one guarded door."""
