"""What policy documents let whom do: languages, conditions, effective access, escalation, exposure. Nothing here does I/O."""
