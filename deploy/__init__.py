"""What is made from the code for operators and readers: `python -m deploy` writes it."""
