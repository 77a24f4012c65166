"""Residents report hate incidents and anti-social behaviour, and come back with a receipt."""
