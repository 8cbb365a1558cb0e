"""What is done about a cause, whether it helped, and that those who had complained hear of it."""
