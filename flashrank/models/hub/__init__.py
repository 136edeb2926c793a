"""Models from the hub: its client, archives and repositories."""
