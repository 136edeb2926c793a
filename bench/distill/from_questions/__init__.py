"""The path over files of questions: label, train, export, evaluate, on a CPU."""
