"""Reference loops: the same work by other means, each a program of its own."""
