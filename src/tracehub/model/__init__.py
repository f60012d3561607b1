"""The words of the domain as plain immutable values."""
