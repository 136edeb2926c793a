"""The student: its design, its weights before training, and what it computes."""
