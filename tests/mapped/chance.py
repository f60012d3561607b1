"""Seeded values that could stand in a Chinese system's record."""

from __future__ import annotations

import random
from typing import Any, Final

from tracehub.codes import uscc
from tracehub.codes.gs1 import check_digit

Record = dict[str, Any]
REGIONS: Final = ("330106", "440305", "510107", "110105", "350203")


class Chance(random.Random):
    """A seeded source of plausible values."""

    def party(self) -> str:
        """A unified social credit code whose check character is right."""
        first = f"91{self.choice(REGIONS)}MA{self.randrange(10**7):07}"
        return first + uscc.check_character(first)

    def gtin(self) -> str:
        """A GTIN-13."""
        first = f"690{self.randrange(10**9):09}"
        return first + check_digit(first)

    def gln(self) -> str:
        """A GLN."""
        return self.gtin()

    def guid(self) -> str:
        """A GUID of version 4."""
        return f"{self.getrandbits(32):08x}-0000-4000-8000-{self.getrandbits(48):012x}"

    def batch(self) -> str:
        """A batch number, sometimes with signs that a URI can't hold."""
        return f"{self.choice(('B', '批', 'L/'))}{self.randrange(10**6)}"

    def amount(self) -> str:
        """A number of at most three decimals, as text."""
        return f"{self.randint(1, 5000) / self.choice((1, 2, 4, 8)):.3f}".rstrip("0").rstrip(".")

    def region(self) -> str:
        """Six digits of GB/T 2260."""
        return self.choice(REGIONS)

    def day(self, form: str = "{y}-{m:02}-{d:02}") -> str:
        """A day of 2026."""
        return form.format(y=2026, m=self.randint(1, 6), d=self.randint(1, 28))

    def minute(self, form: str = "{day} {h:02}:{i:02}:00") -> str:
        """A minute of a day."""
        return form.format(day=self.day(), h=self.randint(0, 23), i=self.randint(0, 59))
