"""What a measurement was made on and by: the machine, the software, the version of each computation."""
