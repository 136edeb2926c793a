"""What is published of the committed runs: the tables and pictures of the documents."""
