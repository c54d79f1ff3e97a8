"""One model: its contract, its features, its code."""
