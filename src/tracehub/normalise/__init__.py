"""Raw bytes -> canonical events, pure: recognise the format, check, map, name the reasons."""
