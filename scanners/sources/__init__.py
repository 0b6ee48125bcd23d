"""From a file to stacks: one module a kind of input."""
