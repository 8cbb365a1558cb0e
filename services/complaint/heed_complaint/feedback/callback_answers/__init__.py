"""What customers answered when they were asked: what follows from it for their complaints."""
