"""What a report asks, as data."""
