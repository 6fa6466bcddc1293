"""The record of runs and batches, and the run lock; imports database and below."""
