"""Problem profiles (victim, offender, location, time) and the calendar of what is planned because of them."""
