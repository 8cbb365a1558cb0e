"""API keys over HTTP and on the command line: the same keys in the databases of all services."""
