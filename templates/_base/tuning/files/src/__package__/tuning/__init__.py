"""Search of parameters: ranges, folds of the training rows, scores of trials, and the result."""
