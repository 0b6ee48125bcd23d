"""Rules about IAM and access."""
