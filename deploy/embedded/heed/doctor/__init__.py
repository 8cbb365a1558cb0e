"""`heed doctor`: checks everything that a running product needs, and suggests a fix for each finding."""
