"""default-stack: data, training, serving, monitoring."""
