"""Real servers of other protocols, started for a test and looked into afterwards."""
