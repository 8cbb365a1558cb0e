"""Generated documents of the interfaces: OpenAPI, AsyncAPI, golden events."""
