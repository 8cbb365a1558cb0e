"""Background processing of imports."""
