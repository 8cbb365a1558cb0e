"""Messages of invitations: their texts, the link made when they are sent, and what became of them."""
