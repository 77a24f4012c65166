"""`python -m portal` is `portal`: for a machine where the command is not on the path."""

from portal.server.cli import main

if __name__ == "__main__":
    main()
