"""The page of a drill: one HTML file with pictures, made from the drill's outcome and from nothing else."""
