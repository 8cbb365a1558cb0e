"""What became of invitations: dispositions, from messages, responses and refusals."""
