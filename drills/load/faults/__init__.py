"""What a drill does to the platform it plays on, and takes back: to its processes, or to its containers."""
