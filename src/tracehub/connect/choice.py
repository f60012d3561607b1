"""Choice: settings of a connector type that speaks one of several protocols.

`protocol` in what an operator writes chooses; every other key is of that protocol. Must not know
any of them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from tracehub.connect.port import Config


class ChosenConfig(Config):
    """Subclass it and give `far` a discriminated union of the protocols' own models."""

    default: ClassVar[str]
    """The protocol when none is written."""

    @model_validator(mode="before")
    @classmethod
    def _chosen(cls, written: Any) -> Any:
        if isinstance(written, dict) and "far" not in written:
            shared = {name: written[name] for name in ("url", "timeout_s") if name in written}
            return {**shared, "far": {"protocol": cls.default, **written}}
        return written
