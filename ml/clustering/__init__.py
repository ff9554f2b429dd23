"""Clusters of customers: found without labels, judged by what came later, given names, and kept from one training to the next."""
