"""The rules of conversations, messages, drafts and tags."""
