"""What leaves the house: today the CSV of a segment."""
