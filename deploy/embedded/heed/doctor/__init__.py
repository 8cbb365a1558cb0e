"""`heed doctor`: looks at everything that a running product needs, and says what to do about what it finds."""
