"""Test worlds on a socket, and programs that are run towards them."""
