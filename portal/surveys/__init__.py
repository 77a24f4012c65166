"""Residents answer surveys."""
