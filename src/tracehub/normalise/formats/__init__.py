"""One file per foreign format: bytes -> plain EPCIS events."""
