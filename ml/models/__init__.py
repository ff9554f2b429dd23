"""How a model is declared, fitted, calibrated and compared with its baseline."""
