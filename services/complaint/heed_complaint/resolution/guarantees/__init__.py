"""What is promised to everybody, and what is paid by itself when the promise is broken."""
