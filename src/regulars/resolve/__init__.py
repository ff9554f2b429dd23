"""Source records become customers, by rule, likeness and judgement; any table of people becomes persons."""
