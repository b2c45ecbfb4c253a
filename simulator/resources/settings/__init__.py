"""The rules of settings that agents work with: shortcuts, snippets, sub-statuses."""
