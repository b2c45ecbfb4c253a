"""The rules of users, teams, auth tokens and outbound accounts."""
