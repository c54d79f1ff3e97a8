"""smallest-stack: data, training, serving, monitoring."""
