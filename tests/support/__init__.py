"""What tests share: people, pages, files, servers and databases to test with."""
