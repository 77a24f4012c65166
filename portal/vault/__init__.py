"""What is sealed, for whom, and who opens it."""
