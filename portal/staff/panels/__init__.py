"""The page of one report, panel by panel: what each shows and the forms on it."""
