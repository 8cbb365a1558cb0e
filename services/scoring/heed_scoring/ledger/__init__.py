"""What is kept of every event, for ever, and the facts that it folds into."""
