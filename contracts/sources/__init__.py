"""Where facts come from: sources, the pages they cite, and the ledger of rules that no schema can state."""
