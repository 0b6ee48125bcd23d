"""Compliance rules for Pulumi on AWS, and the policy pack that enforces them at a preview."""

__version__ = "0.1.0"
