"""Contenders of others: the pass-through lane's work, as their own documentation recommends."""
