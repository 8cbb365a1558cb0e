"""All that scoring knows, made again from the topics: compared with what stands, and put in its place if asked."""
