"""Mail that a gateway hands over: a new complaint, or an answer to one that is known."""
