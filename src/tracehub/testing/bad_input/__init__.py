"""The corpus of bad input: seeded cases, each with the code that it is refused by."""

from tracehub.testing.bad_input.case import Case
from tracehub.testing.bad_input.corpus import CLASSES, corpus

__all__ = ["CLASSES", "Case", "corpus"]
