"""What stands around every page: security, caching, cookies, errors, forms, static files, general pages."""
