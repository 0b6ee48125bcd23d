"""The scanner: the same rules over exported stacks and over Checkov's output."""
