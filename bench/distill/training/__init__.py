"""What both paths train with."""
