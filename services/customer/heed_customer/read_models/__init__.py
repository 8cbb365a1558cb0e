"""Read models of other services' facts: complaints and scores, as far as this service decides by them."""
