"""What web form, email and status links store of a sender: receipts against repetition, and contacts for the answer."""
