"""Where a sentence comes from: the language of a page, words per language, the catalogues."""
