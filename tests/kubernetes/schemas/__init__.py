"""Custom resources, each checked by a model that refuses what it does not know."""
