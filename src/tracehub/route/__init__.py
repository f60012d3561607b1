"""Canonical event -> connections, pure: ordered rules, each route names its rule."""
