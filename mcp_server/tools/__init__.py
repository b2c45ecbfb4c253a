"""Pure: tool definitions, argument checks, requests and results."""
