"""What tables and charts show, worked out from the results."""
