"""two-models: data, training, serving, monitoring."""
