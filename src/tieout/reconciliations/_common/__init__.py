"""What all reconciliations share: periods, due rules, scope, verdicts with their proof, findings, and what is carried on."""
