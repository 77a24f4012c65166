"""Responses become cohesion metrics."""
