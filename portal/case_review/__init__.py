"""Who told again and again, and was not helped, asks that all who should have acted look at it together."""
