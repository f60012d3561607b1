"""The fault run: a hub on a real cluster, under every fault that can be caused, and its checker."""
