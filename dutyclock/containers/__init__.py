"""What an installation in containers stands on: its own authority, passwords, and a folder for each party."""
