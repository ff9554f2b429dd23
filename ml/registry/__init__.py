"""Fitted models as files, and which of them is the champion."""
