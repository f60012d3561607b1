"""Identifiers as pure functions: parse, check, normal form; one file per family."""
