"""The knowledge base: articles, and their versions by language."""
