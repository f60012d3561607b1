"""Bytes <-> event by Avro schemas; the only package that imports fastavro."""
