"""The open exchange hub between traceability platforms."""
