"""Arguments in the forms that clients and models really send, and the form that is meant."""
