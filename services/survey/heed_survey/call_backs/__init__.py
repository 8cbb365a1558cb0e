"""Call-backs: surveys about resolved complaints, and the block on other surveys while a complaint is open."""
