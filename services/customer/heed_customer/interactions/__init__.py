"""Who spoke with customers, and whom they brought."""
