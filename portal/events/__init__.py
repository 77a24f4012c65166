"""Residents see events."""
