"""Questions as data, whoever asks them: a report, a survey, the partnership's risk questions, the equality questions."""
