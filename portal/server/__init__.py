"""The portal as it runs: its commands, its server, its worker, its health and its logs."""
