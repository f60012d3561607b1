"""The product catalogue 目录: what must be traced, where, since when, and by which data."""
