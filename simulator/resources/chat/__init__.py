"""The rules of chat as a server takes part in it: its sessions and messages are conversations and messages."""
