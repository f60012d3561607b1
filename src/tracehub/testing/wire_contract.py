"""WireContract: what the wire bodies of a connector must be, against golden examples.

Subclass it in a connector's `tests/test_wire.py`, set `kind` and `examples`, and for a type that
collects what `about` says of an example `document`. Must not know sockets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from tracehub.connect import (
    About,
    ConnectorType,
    Delivery,
    Mapping,
    RejectError,
    batch_item,
    load_mapping,
)
from tracehub.testing.deliveries import sample_delivery


class WireContract:
    """Every law is one test."""

    kind: ClassVar[ConnectorType]
    examples: ClassVar[Path]
    document: ClassVar[str] = ""
    says: ClassVar[tuple[str, str]] = ("", "")
    item: ClassVar[Callable[[Delivery, Mapping], Any]] = batch_item

    @staticmethod
    def about(document: Any, /) -> About:
        """What the connector sees in a document."""
        raise NotImplementedError

    def _written(self, delivery: Delivery) -> Any:
        return type(self).item(delivery, load_mapping(self.kind.mapping, "mapping.yaml"))

    def test_item_when_written_is_the_golden_request(self) -> None:
        golden = orjson.loads((self.examples / "failed-test.request.json").read_bytes())
        assert [self._written(sample_delivery())] == golden

    def test_item_when_sections_are_cut_says_so_and_holds_nothing_of_them(self) -> None:
        whole = sample_delivery()
        cut = ("regulator", "trade_secret", "personal")
        shown = replace(whole, event=whole.event._replace(regulator=None), cut=cut)
        item = self._written(shown)
        assert item["withheld"] == list(cut)
        assert self._written(whole)["body"] != item["body"]
        assert "cadmium" not in str(item)

    def test_item_when_a_required_field_is_missing_is_rejected(self) -> None:
        whole = sample_delivery()
        nameless = whole.event._replace(header=whole.event.header._replace(event_id=""))
        with pytest.raises(RejectError):
            self._written(replace(whole, event=nameless))

    def test_document_when_looked_at_says_its_category_and_what_it_is_about(self) -> None:
        if self.kind.open_collector is not None:
            document = orjson.loads((self.examples / self.document).read_bytes())
            assert self.about(document) == self.says

    def test_document_when_built_otherwise_is_a_fault_that_collecting_expects(self) -> None:
        if self.kind.open_collector is not None:
            strange: tuple[Any, ...] = ([], "text", {}, {"category": "food"}, None)
            for each in strange:
                with pytest.raises((AttributeError, LookupError, TypeError)):
                    self.about(each)
