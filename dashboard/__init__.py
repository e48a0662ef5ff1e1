"""The dashboard: reads the published snapshot, and nothing else."""
