"""What is published of the committed runs: the README's numbers and pictures."""
