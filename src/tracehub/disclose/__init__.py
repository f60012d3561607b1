"""Which part of an event a receiver may see, pure; applied before deliver.<connection>."""
