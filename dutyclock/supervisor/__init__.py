"""Starts the database, the bus and the four services, watches them, and stops them in order."""
