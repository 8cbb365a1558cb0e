"""Mail from a gateway: it opens a complaint, is added to one, or is ignored because no person wrote it."""
