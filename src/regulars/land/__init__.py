"""Raw bytes become typed, immutable Parquet; every file has a receipt and every row is accounted for."""
