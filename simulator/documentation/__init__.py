"""What a sandbox serves to read: the OpenAPI document with worked examples, and the page at `/docs`."""
