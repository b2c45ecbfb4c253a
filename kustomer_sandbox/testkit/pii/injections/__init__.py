"""Prompt injections and data exfiltration: user tasks, each with an instruction hidden where an agent reads it."""
