"""Cross-checks: what the parts of all documents ask of each other, once each document's own keys are in order."""
