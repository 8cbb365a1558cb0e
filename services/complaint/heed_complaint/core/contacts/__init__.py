"""How to reach complainants without an account, and the thread of their mails."""
