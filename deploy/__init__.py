"""What operators install, as far as it is made from the code: `python -m deploy` writes it."""
