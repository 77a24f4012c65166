"""Files that come with a report: stored sealed, known by their bytes, photos made anew."""
