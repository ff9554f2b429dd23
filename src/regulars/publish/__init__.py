"""One swap replaces what readers see; the last five publications stay, and one can go back."""
