"""The async shells: one pump, and the stages that it drives."""
