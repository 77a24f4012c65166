"""The Community Risk MARAC: cases that need several agencies at one table, and what each of them does."""
