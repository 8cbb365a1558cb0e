"""The page on which customers see and change their consents, reached by a private link."""
