"""What of the manifests for Kubernetes follows from the code, and is written by it."""
