"""The partnership as data: its file, places, populations, working days and risk questions."""
