"""Rules about tagging."""
