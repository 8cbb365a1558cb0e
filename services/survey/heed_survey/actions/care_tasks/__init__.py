"""Care tasks: what an employee does about a customer after a response."""
