"""Clusters of customers: found without labels, judged by what came later, named, and kept from training to training."""
