"""two-models: from data to a served model, and back."""
